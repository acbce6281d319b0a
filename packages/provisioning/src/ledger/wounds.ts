import { type Allocation, type Amounts, allocate, type Capacity, plus } from '@cloudpeer/model'
import type { BookEntry } from './book-entry.ts'

/** Room that is made by ending holds of younger gangs. */
export interface Wounds {
  readonly ended: readonly BookEntry[]
  readonly allocation: Allocation
}

/**
 * The holds that have to end so that there is room for `amounts`: the youngest first, and none that need not; undefined if all of them
 * are not enough. Since age orders all gangs, and the oldest is never wounded, some gang always gets through (wound-wait; Rosenkrantz,
 * Stearns and Lewis, 1978).
 */
export function woundsFor(
  younger: readonly BookEntry[],
  amounts: Amounts,
  { total, free }: { total: Capacity; free: Capacity }
): Wounds | undefined {
  const ended: BookEntry[] = []
  let room = free
  for (const entry of [...younger].sort((a, b) => b.since - a.since)) {
    ended.push(entry)
    room = plus(room, entry.allocation, total)
    if (allocate(room, amounts) !== undefined) return fewest(ended, amounts, { total, free })
  }
  return undefined
}

/** Leaves out, the oldest first, what is not needed: a large hold may make room that small ones before it could not. */
function fewest(enough: readonly BookEntry[], amounts: Amounts, { total, free }: { total: Capacity; free: Capacity }): Wounds | undefined {
  const roomAfter = (entries: readonly BookEntry[]): Capacity =>
    entries.reduce((room, { allocation }) => plus(room, allocation, total), free)
  let ended = enough
  for (const entry of [...enough].reverse()) {
    const without = ended.filter((other) => other !== entry)
    if (allocate(roomAfter(without), amounts) !== undefined) ended = without
  }
  const allocation = allocate(roomAfter(ended), amounts)
  return allocation && { ended, allocation }
}
