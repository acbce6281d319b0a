import { fits } from '@cloudpeer/model'
import { choicesAt } from './choice.ts'
import type { Waiting } from './demand.ts'
import type { OwnerPool } from './owner-pool.ts'

/** Whether all owners together could not place `count` units of a request even if nothing of them were taken; remembered until owners change. */
export function isHopeless(waiting: Waiting, count: number, pool: OwnerPool): boolean {
  if (waiting.hopelessAt === pool.version) return true
  const { amounts } = waiting.demand
  let units = 0
  for (const owner of pool.list()) {
    if (!fits(owner.total, amounts) || !waiting.demand.accepts(owner)) continue
    units += choicesAt({ ...owner, word: { ...owner.word, state: 'open' }, free: owner.total }, amounts, count - units).length
    if (units >= count) return false
  }
  waiting.hopelessAt = pool.version
  return true
}
