import { pick, type Random, seededRandom } from '@cloudpeer/core'

/** A service of the workload: one value an attribute. */
export interface WorkloadService {
  readonly name: string
  readonly attributes: Readonly<Record<string, string | number>>
}

/** One comparison of a query. */
export interface Predicate {
  readonly attribute: string
  readonly operator: '==' | '<=' | '>='
  readonly value: string | number
}

/** A conjunction, as its parts and as the expression that they make. */
export interface WorkloadQuery {
  readonly predicates: readonly Predicate[]
  readonly expression: string
}

/** Services of the workload. */
export const servicesCount = 10_000
/** Queries of the workload. */
export const queriesCount = 1000

/** The schema of the workload's eight attributes. */
export const workloadSchema = {
  version: 1,
  attributes: {
    kind: { type: 'string', indexed: true },
    location: { type: 'string', indexed: true },
    os: { type: 'string' },
    arch: { type: 'string' },
    vcpus: { type: 'int', indexed: true },
    memory_mib: { type: 'int' },
    price: { type: 'double' },
    load: { type: 'double', class: 'dynamic' }
  }
}

const equalityAttributes = ['kind', 'location', 'os', 'arch', 'vcpus'] as const
const rangeAttributes = ['vcpus', 'memory_mib', 'price', 'load'] as const

/** How often a query has one to five predicates. */
const predicateCounts = [1, 2, 2, 2, 3, 3, 3, 4, 4, 5] as const
/** Share of the predicates that ask for one value. */
const equalityShare = 0.61

/** The services, in the order of their names; equal in every run. */
export function workloadServices(): readonly WorkloadService[] {
  const random = seededRandom(11)
  return Array.from({ length: servicesCount }, (_, index) => ({
    name: `service-${String(index).padStart(5, '0')}`,
    attributes: attributesFrom(random)
  }))
}

/** The queries: conjunctions of one to five predicates (mean 2.9, 61 % equality), median 57 matches among the services. */
export function workloadQueries(): readonly WorkloadQuery[] {
  const random = seededRandom(12)
  const services = workloadServices()
  return Array.from({ length: queriesCount }, () => queryFrom(random, pick(random, services)))
}

/** A small value is frequent, a large one rare: the square of a uniform draw. */
function skewed(random: Random, bound: number): number {
  return Math.floor(random.next() ** 2 * bound)
}

function attributesFrom(random: Random): WorkloadService['attributes'] {
  const vcpus = 2 ** skewed(random, 8)
  return {
    kind: `kind-${skewed(random, 80)}`,
    location: `location-${random.integer(40)}`,
    os: `os-${skewed(random, 8)}`,
    arch: pick(random, ['amd64', 'amd64', 'arm64']),
    vcpus,
    memory_mib: vcpus * 1024 * pick(random, [1, 2, 4, 8]),
    price: Math.round(vcpus * (20 + random.next() * 60)) / 1000,
    load: Math.round(random.next() * 1000) / 10
  }
}

/** A conjunction that the given service satisfies; an attribute appears at most once. */
function queryFrom(random: Random, { attributes }: WorkloadService): WorkloadQuery {
  const used = new Set<string>()
  const predicates = Array.from({ length: pick(random, predicateCounts) }, (): Predicate => {
    const isEquality = random.next() < equalityShare || rangeAttributes.every((attribute) => used.has(attribute))
    const candidates = (isEquality ? equalityAttributes : rangeAttributes).filter((attribute) => !used.has(attribute))
    const attribute = pick(random, candidates)
    used.add(attribute)
    const operator = isEquality ? '==' : pick(random, ['<=', '>='] as const)
    return { attribute, operator, value: attributes[attribute] as string | number }
  })
  return {
    predicates,
    expression: predicates.map(({ attribute, operator, value }) => `${attribute} ${operator} ${JSON.stringify(value)}`).join(' && ')
  }
}
