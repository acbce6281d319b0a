import type { Amounts } from '@cloudpeer/model'

/** One request of an experiment: so many units of the same, all of them or none, for a known time. */
export interface Job {
  readonly id: number
  /** Which requests it is reported with: its quality of service, or its size. */
  readonly group: string
  /** When it arrives, in ms from the first. */
  readonly arrivesMs: number
  /** How long it keeps its units once it has them all, in ms. */
  readonly durationMs: number
  readonly count: number
  /** What each unit is to have. */
  readonly amounts: Amounts
}

/** GPUs that a job has while it runs, in thousandths. */
export function gpuMilliOf({ count, amounts: { gpu } }: Job): number {
  return gpu === undefined ? 0 : count * gpu.count * gpu.milli
}
