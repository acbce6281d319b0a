import { encode } from '@cloudpeer/core'
import type { Adversary, AdversaryGround } from '../adversary.ts'
import { createRaid, type Raider } from '../raid.ts'

/** The gossipsub topic that all members follow. */
const topic = 'network'

/** Publishes `perSecond` messages on the topic of all members: garbage, forgeries, and large ones. */
export function createGossipFlood(ground: AdversaryGround, { perSecond = 30 } = {}): Adversary {
  return createRaid(ground, { name: 'gossip flood', attack: (raider) => flood(raider, perSecond) })
}

async function flood({ transport, random, ground, count }: Raider, perSecond: number): Promise<void> {
  const { body } = ground.descriptor
  const kinds: readonly (() => Uint8Array)[] = [
    () => random.bytes(200),
    () => new Uint8Array(60 * 1024).fill(0x81),
    () => encode({ kind: 'member', announcement: { body: random.bytes(300), signature: random.bytes(64) } }),
    () => encode({ kind: 'schema', descriptor: { body, signature: random.bytes(64) } }),
    () => encode({ kind: 'schema', descriptor: ground.descriptor }),
    () => encode({ kind: 'unheard of' })
  ]
  for (let sent = 0; sent < perSecond; sent++) await transport.publish(topic, (kinds[sent % kinds.length] as () => Uint8Array)())
  count('messages', perSecond)
}
