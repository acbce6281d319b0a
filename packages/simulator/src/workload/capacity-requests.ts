import { pick, type Random } from '@cloudpeer/core'
import type { Amounts } from '@cloudpeer/model'
import type { RequestSpec } from '@cloudpeer/provisioning'
import { drawCores, gpuModels, type MachineCapacity, machineRegions } from './capacities.ts'

/** A request with what its expression means, as a plain filter that shares no code with it. */
export interface GeneratedRequest {
  readonly spec: RequestSpec
  readonly matches: (attributes: MachineCapacity['attributes']) => boolean
}

/** How requests differ from one scenario to another. */
export interface RequestMix {
  /** Share of the requests for several leases, the most of these, and the share of the several that are gangs. */
  readonly severalShare: number
  readonly countMax: number
  readonly gangShare: number
  /** Share of the requests that end by themselves, and after how many ms at most. */
  readonly endingShare: number
  readonly durationMsMax: number
  /** The largest number of cores of one lease, in thousandths. */
  readonly cpuMilliMax: number
  /** Share of the requests for machines with a certain number of cores; none if not given. */
  readonly narrowShare?: number
}

/** Everything that requests can be, all of it not too rare. */
export const everyRequest: RequestMix = {
  severalShare: 0.35,
  countMax: 6,
  gangShare: 0.5,
  endingShare: 0.7,
  durationMsMax: 30_000,
  cpuMilliMax: 4_000
}

/** Shares of the requests that want GPUs, that may wait for some time only, that may be relaxed, and that nobody can ever fit. */
const gpuShare = 0.2
const deadlineShare = 0.15
const relaxShare = 0.1
const impossibleShare = 0.03

/** Makes requests. */
export function createRequestGenerator(random: Random, mix: RequestMix = everyRequest): () => GeneratedRequest {
  return () => {
    const isNarrow = mix.narrowShare !== undefined && random.next() < mix.narrowShare
    const { expression, matches } = isNarrow ? drawNarrowCondition(random) : drawCondition(random)
    const several = random.next() < mix.severalShare
    const count = several ? 2 + random.integer(mix.countMax - 1) : 1
    const spec: RequestSpec = {
      expression,
      amounts: drawAmounts(random, mix),
      count,
      gang: several && random.next() < mix.gangShare,
      priority: random.next() < 0.7 ? 4 : random.integer(10),
      ...(random.next() < mix.endingShare && { durationMs: 1_000 + random.integer(mix.durationMsMax) }),
      ...(random.next() < deadlineShare && { deadlineMs: 5_000 + random.integer(60_000) }),
      mayRelax: random.next() < relaxShare
    }
    return { spec, matches }
  }
}

/** A request that is wrong in one field: it is refused as INVALID. */
export function wrongRequest(random: Random, { spec }: GeneratedRequest): RequestSpec {
  const wrongs: readonly Partial<RequestSpec>[] = [
    { amounts: { ...spec.amounts, cpuMilli: -1 } },
    { amounts: { ...spec.amounts, memoryMib: 0.5 } },
    { amounts: { ...spec.amounts, diskMib: 2 ** 53 } },
    { amounts: { ...spec.amounts, others: { licences: Number.NaN } } },
    { count: 0 },
    { priority: 10 },
    { deadlineMs: -5 },
    { durationMs: 0 }
  ]
  return { ...spec, ...pick(random, wrongs) }
}

function drawAmounts(random: Random, { cpuMilliMax }: RequestMix): Amounts {
  const cpuMilli = 100 * (1 + random.integer(cpuMilliMax / 100))
  const impossible = random.next() < impossibleShare
  return {
    cpuMilli: impossible ? cpuMilli + 1_000_000 : cpuMilli,
    memoryMib: random.integer(2 * cpuMilli),
    diskMib: random.integer(4 * cpuMilli),
    ...(random.next() < gpuShare && {
      gpu: {
        count: 1 + random.integer(2),
        milli: pick(random, [1000, 500, 250]),
        models: random.next() < 0.5 ? [] : [pick(random, gpuModels)]
      }
    }),
    others: random.next() < 0.05 ? { licences: 1 } : {}
  }
}

interface Condition {
  readonly expression: string
  readonly matches: GeneratedRequest['matches']
}

function drawNarrowCondition(random: Random): Condition {
  const cores = drawCores(random)
  return { expression: `cores == ${cores}`, matches: (attributes) => attributes.cores === cores }
}

function drawCondition(random: Random): Condition {
  const region = pick(random, machineRegions)
  const other = pick(random, machineRegions)
  const cores = 2 ** (1 + random.integer(4))
  const managed = random.next() < 0.5
  const conditions: readonly Condition[] = [
    { expression: 'true', matches: () => true },
    { expression: `region == "${region}"`, matches: (attributes) => attributes.region === region },
    { expression: `cores >= ${cores}`, matches: (attributes) => Number(attributes.cores ?? -1) >= cores },
    { expression: `managed == ${managed}`, matches: (attributes) => attributes.managed === managed },
    {
      expression: `region in ["${region}", "${other}"] && cores > ${cores / 2}`,
      matches: (attributes) => (attributes.region === region || attributes.region === other) && Number(attributes.cores ?? -1) > cores / 2
    },
    {
      expression: `region == "${region}" || cores < ${cores}`,
      matches: (attributes) => attributes.region === region || Number(attributes.cores ?? 1_000_000) < cores
    },
    { expression: `!(region == "${region}")`, matches: (attributes) => attributes.region !== region }
  ]
  return random.next() < 0.4 ? (conditions[0] as Condition) : pick(random, conditions)
}
