import { present, type Random } from '@cloudpeer/core'
import type { Amounts, Capacity } from '@cloudpeer/model'
import { poissonGapMs } from '../experiments/workload.ts'
import type { Job } from './job.ts'

/** How long jobs last on average, in ms; exponentially distributed. */
const durationMsMean = 60_000

/** What a slot of a machine is. */
const slot: Amounts = { cpuMilli: 1000, memoryMib: 1024, diskMib: 0, others: {} }

/** Jobs drawn at random, of units of one slot. */
export interface JobsInit {
  readonly count: number
  /** Share of all slots that the jobs would have on average. */
  readonly load: number
  readonly slots: number
  /** Sizes, and the share of jobs that has each; shares sum up to 1. */
  readonly sizes: readonly { readonly units: number; readonly share: number }[]
}

/** `count` machines of so many slots. */
export function slotMachines(count: number, slots: number): readonly Capacity[] {
  const machine = { cpuMilli: slot.cpuMilli * slots, memoryMib: slot.memoryMib * slots, diskMib: 0, gpus: [], others: {} }
  return Array.from({ length: count }, () => machine)
}

/** Jobs that arrive at random times (a Poisson process), their size as their group. */
export function generatedJobs(random: Random, { count, load, slots, sizes }: JobsInit): readonly Job[] {
  const meanUnits = sizes.reduce((sum, { units, share }) => sum + units * share, 0)
  const perSecond = (load * slots * 1000) / (meanUnits * durationMsMean)
  let arrivesMs = 0
  return Array.from({ length: count }, (_, id) => {
    arrivesMs += poissonGapMs(random, perSecond)
    const units = drawnSize(random, sizes)
    const durationMs = Math.ceil(-Math.log(1 - random.next()) * durationMsMean) + 1
    return { id, group: String(units), arrivesMs, durationMs, count: units, amounts: slot }
  })
}

function drawnSize(random: Random, sizes: JobsInit['sizes']): number {
  let rest = random.next()
  const drawn = sizes.find(({ share }) => {
    rest -= share
    return rest < 0
  })
  // Sums of fractions are not exact: what is left over belongs to the last.
  return present(drawn ?? sizes.at(-1), 'a size').units
}
