import type { Adversary, AdversaryGround } from '../adversaries/adversary.ts'
import { createHoarder } from '../adversaries/capacity/hoarder.ts'
import { createGossipFlood } from '../adversaries/floods/gossip-flood.ts'
import { createRequestFlood } from '../adversaries/floods/request-flood.ts'
import { type AdversaryName, adversaries } from '../adversaries/index.ts'
import { createReplayer } from '../adversaries/records/replayer.ts'

/**
 * Hostile machines as scenarios have them. Those that send without end send less than in the tests that are about them, where every limit
 * is reached: at full rate one of them costs as much as ten other scenarios, and here it is one fault among many.
 */
export const hostileMachines: Readonly<Record<AdversaryName, (ground: AdversaryGround) => Adversary>> = {
  ...adversaries,
  'request flood': (ground) => createRequestFlood(ground, { burst: 18 }),
  'gossip flood': (ground) => createGossipFlood(ground, { perSecond: 6 }),
  hoarder: (ground) => createHoarder(ground, { perSecond: 2 }),
  replayer: (ground) => createReplayer(ground, { intervalMs: 5_000 })
}
