import type { Random } from '@cloudpeer/core'
import type { Amounts } from '@cloudpeer/model'
import { type Choice, choicesAt } from './choice.ts'
import { inRandomOrder } from './in-random-order.ts'
import type { OwnerView } from './owner-view.ts'

/** Units beyond which a gang asks for some more than it needs: one of many owners is likely to have changed. */
const sparedFrom = 10
/** How many more, as a share. */
const spareShare = 0.1

/**
 * Where the units of a gang go; what is beyond `count` are spares. With less than `count` the gang has no room: it is placed as a whole
 * or not at all, since in part it would only keep capacity from others. Owners come in random order, and each takes as many as it has room for.
 */
export function planGang(
  random: Random,
  owners: readonly OwnerView[],
  { amounts, count }: { readonly amounts: Amounts; readonly count: number },
  isAllowed: (choice: Choice) => boolean
): readonly Choice[] {
  const wanted = count + (count >= sparedFrom ? Math.ceil(count * spareShare) : 0)
  const plan: Choice[] = []
  inRandomOrder(random, owners, (owner) => {
    plan.push(...choicesAt(owner, amounts, wanted - plan.length).filter(isAllowed))
    return plan.length === wanted
  })
  return plan
}
