import type { Adversary, AdversaryGround } from '../adversary.ts'
import { groundKeys } from '../ground-keys.ts'
import { createOmittingReplica } from '../replicas/omitting-replica.ts'

/** How many identities there are, of how many keys they are chosen, and the attribute whose shard they surround. */
interface SybilOptions {
  readonly count?: number
  readonly keysTried?: number
  readonly attribute?: string
  /** Whether they keep what they acknowledge; they do if not given. */
  readonly stores?: boolean
}

/** Identities of one attacker, ground to be nearest to the key of a shard, whose replicas they become and whose records they omit. */
export function createSybils(ground: AdversaryGround, options: SybilOptions = {}): Adversary {
  const { count = 5, keysTried = 200, attribute = 'name', stores = true } = options
  const members = groundKeys(ground, attribute, count, keysTried).map((signer) => createOmittingReplica(ground, { signer, stores }))
  return {
    name: 'sybils',
    peers: members.flatMap(({ peers }) => peers),
    async start() {
      for (const member of members) await member.start()
    },
    async stop() {
      for (const member of members) await member.stop()
    },
    get effects() {
      return summed(members.map(({ effects }) => effects))
    }
  }
}

function summed(all: readonly ReadonlyMap<string, number>[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>()
  for (const effects of all) for (const [effect, times] of effects) sums.set(effect, (sums.get(effect) ?? 0) + times)
  return sums
}
