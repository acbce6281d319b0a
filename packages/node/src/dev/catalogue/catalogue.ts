import { readFileSync } from 'node:fs'

/** A service description as it is published. */
export interface CatalogueService {
  readonly name: string
  readonly attributes: Readonly<Record<string, string | number>>
  readonly endpoints: readonly string[]
}

/** Where the nodes of the development network are said to be. */
export const locations = ['frankfurt', 'tokyo', 'dallas'] as const

/** One of {@link locations}. */
export type Location = (typeof locations)[number]

/** The location of the node with this index. */
export function locationOf(nodeIndex: number): Location {
  return locations[nodeIndex % locations.length] as Location
}

/** The schema of the development network: integers in declared units, and those indexed that queries begin with. */
export const catalogueSchema = {
  version: 2,
  attributes: {
    instance_type: { type: 'string', indexed: true, description: 'name of the machine type' },
    family: { type: 'string' },
    arch: { type: 'string', description: 'processor architecture' },
    cpu_vendor: { type: 'string' },
    cpu_model: { type: 'string' },
    vcpus: { type: 'int', min: 0, indexed: true, description: 'virtual processors' },
    clock_mhz: { type: 'int', min: 0, unit: 'MHz' },
    memory_mib: { type: 'int', min: 0, unit: 'MiB', indexed: true },
    coremark: { type: 'int', min: 0, unit: '1/s', description: 'CoreMark iterations per second' },
    gpus: { type: 'int', min: 0 },
    gpu_model: { type: 'string', indexed: true },
    location: { type: 'string', indexed: true },
    service_type: { type: 'string', description: 'what a node offers its capacity for' },
    region: { type: 'string' }
  }
} as const

/** A row of `ec2-instance-types.json`. */
interface InstanceType {
  readonly instanceType: string
  readonly family: string
  readonly arch: string
  readonly cpuVendor: string | null
  readonly cpuModel: string | null
  readonly vcpus: number
  readonly clockMHz: number
  readonly memoryMiB: number
  readonly coremarkPerSecond: number
  readonly gpus: number
  readonly gpuModel: string | null
}

/** The services that each node publishes, by node index: every type in every location, shared among the location's nodes. */
export function shareOutCatalogue(nodeCount: number): readonly (readonly CatalogueService[])[] {
  const types = JSON.parse(readFileSync(new URL('ec2-instance-types.json', import.meta.url), 'utf8')) as readonly InstanceType[]
  const shares = Array.from({ length: nodeCount }, (): CatalogueService[] => [])
  for (const location of locations) {
    const owners = ownersIn(location, shares)
    types.forEach((type, index) => owners[index % owners.length]?.push(serviceOf(type, location)))
  }
  return shares
}

/** The shares of a location's nodes; of all nodes where the network is too small to have one there. */
function ownersIn(location: Location, shares: readonly CatalogueService[][]): readonly CatalogueService[][] {
  const there = shares.filter((_, index) => locationOf(index) === location)
  return there.length > 0 ? there : shares
}

function serviceOf(type: InstanceType, location: Location): CatalogueService {
  const attributes = {
    instance_type: type.instanceType,
    family: type.family,
    arch: type.arch,
    cpu_vendor: type.cpuVendor,
    cpu_model: type.cpuModel,
    vcpus: type.vcpus,
    clock_mhz: type.clockMHz,
    memory_mib: type.memoryMiB,
    coremark: type.coremarkPerSecond,
    gpus: type.gpus,
    gpu_model: type.gpuModel,
    location
  }
  return {
    name: `${type.instanceType}.${location}`,
    attributes: Object.fromEntries(Object.entries(attributes).filter((entry): entry is [string, string | number] => entry[1] !== null)),
    endpoints: [`https://${type.instanceType.replaceAll('.', '-')}.${location}.example`]
  }
}
