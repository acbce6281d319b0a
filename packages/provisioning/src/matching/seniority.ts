import type { Waiting } from './demand.ts'

/** By how much of `agingMs` each doubling of a gang's units makes it older. */
const widthBonus = 0.25

/**
 * Whom room is kept for first, the lowest before others: the time of arrival, earlier by `agingMs` for each priority, and by a quarter of that for
 * each doubling of a gang's units, since the more owners it needs at once the longer they take to gather. It does not change while a
 * request waits: nobody who comes later with the same priority and width goes before it.
 */
export function seniorityOf({ demand, told }: Waiting, agingMs: number): number {
  const { arrivedAt, priority, gang } = demand
  const doublings = gang ? Math.log2(Math.max(1, told.length)) : 0
  return arrivedAt - agingMs * (priority + widthBonus * doublings)
}
