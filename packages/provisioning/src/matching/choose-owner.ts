import type { Random } from '@cloudpeer/core'
import { type Amounts, leftOver } from '@cloudpeer/model'
import { type Choice, choiceAt } from './choice.ts'
import { inRandomOrder } from './in-random-order.ts'
import type { OwnerView } from './owner-view.ts'

/** Of so many random feasible owners the best is taken: with all of them, matchers that know the same would all choose the same one. */
const choices = 3

/** Of up to three random owners that have room and are allowed, the one that has least left over; undefined where there is none. */
export function chooseOwner(
  random: Random,
  owners: readonly OwnerView[],
  amounts: Amounts,
  isAllowed: (choice: Choice) => boolean
): Choice | undefined {
  let best: Choice | undefined
  let bestLeft = Number.POSITIVE_INFINITY
  let found = 0
  inRandomOrder(random, owners, (owner) => {
    const choice = choiceAt(owner, amounts)
    if (choice === undefined || !isAllowed(choice)) return false
    const left = leftOver(owner.total, owner.free, amounts)
    if (left < bestLeft) [best, bestLeft] = [choice, left]
    return ++found === choices
  })
  return best
}
