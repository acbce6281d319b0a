import type { Adversary, AdversaryGround } from '../adversary.ts'
import { keyOfReplica } from '../ground-keys.ts'
import type { Lies } from '../lying-transport.ts'
import { createRaid, type Raider, type RaidPlan } from '../raid.ts'
import { wire } from '../raw-protocol.ts'
import { agreement, emptyPage, knowsNone, readAnswer } from './dishonest-answers.ts'

/**
 * A replica that takes every record and shows none: it answers reads with nothing and claims to be complete. With `stores`
 * false it throws away what it acknowledges.
 */
export function createOmittingReplica(
  ground: AdversaryGround,
  options: { readonly stores?: boolean; readonly signer?: RaidPlan['signer'] } = {}
): Adversary {
  const { stores = true, signer = keyOfReplica(ground) } = options
  return createRaid(ground, { name: 'omitting replica', lies: (raider) => omissions(raider, stores), signer })
}

function omissions({ count }: Raider, stores: boolean): Lies {
  const counted = (effect: string, reply: unknown): unknown => {
    count(effect)
    return reply
  }
  return {
    [wire.read]: async (answer) => counted('reads answered with nothing', { ...(readAnswer([]) as object), ...(await viewsOf(answer)) }),
    [wire.newest]: (_, request) => counted('versions denied', knowsNone(request)),
    [wire.reconcile]: async (answer) => counted('claimed to be equal', { ...agreement, ...(await viewsOf(answer)) }),
    [wire.copy]: () => counted('copies withheld', emptyPage),
    [wire.write]: async (answer) =>
      counted('acknowledged', stores ? { ...((await answer()) as object), unready: [] } : { failed: [], unready: [] }),
    [wire.refresh]: async (answer) => counted('acknowledged', { missing: [], unready: [], ...(await viewsOf(answer)) })
  }
}

/** What the honest answer says of replicas, which a liar had better say too: nobody counts the answers of those who see others. */
async function viewsOf(answer: () => Promise<unknown>): Promise<{ readonly views?: unknown }> {
  const honest = await answer().catch(() => undefined)
  const { views } = (honest ?? {}) as { readonly views?: unknown }
  return views === undefined ? {} : { views }
}
