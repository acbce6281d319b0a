import { type Allocation, type Amounts, allocate } from '@cloudpeer/model'
import type { OwnerView } from './owner-view.ts'
import { mayHold, without } from './room.ts'

/** An owner, and what a unit would take of it. */
export interface Choice {
  readonly owner: OwnerView
  readonly allocation: Allocation
}

/** What a unit would take of an owner now, if it has room. */
export function choiceAt(owner: OwnerView, amounts: Amounts): Choice | undefined {
  if (owner.word.state === 'closed' || !mayHold(owner.free, amounts)) return undefined
  const allocation = allocate(owner.free, amounts)
  return allocation && { owner, allocation }
}

const none: readonly Choice[] = []

/** What up to `max` units would take of an owner, one after the other. */
export function choicesAt(owner: OwnerView, amounts: Amounts, max: number): readonly Choice[] {
  if (owner.word.state === 'closed' || !mayHold(owner.free, amounts)) return none
  const choices: Choice[] = []
  let { free } = owner
  while (choices.length < max && mayHold(free, amounts)) {
    const allocation = allocate(free, amounts)
    if (allocation === undefined) break
    choices.push({ owner, allocation })
    free = without(free, allocation)
  }
  return choices
}
