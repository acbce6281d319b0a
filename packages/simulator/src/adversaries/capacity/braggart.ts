import { encode } from '@cloudpeer/core'
import type { Adversary, AdversaryGround } from '../adversary.ts'
import { createRaid, type Raider } from '../raid.ts'
import { wire } from '../raw-protocol.ts'
import { leaseFields, offerFields, type SignedFields, signDocument } from './documents.ts'

/** Topics of the cells that small networks have. */
const topics = ['cell/.', 'cell/0', 'cell/0.0']

/**
 * Offers capacity that it has not and grants leases of it that nobody asked for; offers and grants in the names of others too, and of
 * another network.
 */
export function createBraggart(ground: AdversaryGround): Adversary {
  let seq = 0
  return createRaid(ground, { name: 'braggart', attack: (raider) => brag(raider, ++seq) })
}

async function brag(raider: Raider, seq: number): Promise<void> {
  const { transport, random, networkId, targets, send, count } = raider
  for (const target of targets()) {
    const own = offerFields(raider, seq)
    const offers: readonly SignedFields[] = [
      signDocument(raider, 'offer', own),
      signDocument(raider, 'offer', offerFields(raider, 1_000_000 + seq, target)),
      signDocument(raider, 'offer', { ...own, network: `${networkId}x` }, `${networkId}x`),
      [random.bytes(100), random.bytes(64)]
    ]
    for (const offer of offers) await send(target, wire.offer, { offer })
    for (const offer of offers) await transport.publish(topics[seq % topics.length] as string, encode({ kind: 'offer', offer }))
    const lease = leaseFields(raider, target)
    const leases: readonly SignedFields[] = [
      signDocument(raider, 'lease', lease),
      signDocument(raider, 'lease', leaseFields(raider, target, targets()[0])),
      signDocument(raider, 'lease', { ...lease, network: `${networkId}x` }, `${networkId}x`)
    ]
    for (const each of leases) await send(target, wire.grant, { leases: [each] })
    count('offers', offers.length)
    count('grants', leases.length)
  }
}
