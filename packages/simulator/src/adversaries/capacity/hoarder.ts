import type { Adversary, AdversaryGround } from '../adversary.ts'
import { createRaid, type Raider } from '../raid.ts'
import { wire } from '../raw-protocol.ts'
import { requestFields, type SignedFields, signDocument } from './documents.ts'

/** Leases of one request. */
const units = 64
/** The cell that small networks have, and one of larger ones. */
const cells = ['.', '0', '1.0', 'nonsense']

/**
 * Asks for more than there is: `perSecond` requests a second, left with every node and proposed to it as well, whose grants it never confirms;
 * some are not signed by their requester, of another network, or no requests at all.
 */
export function createHoarder(ground: AdversaryGround, { perSecond = 8 } = {}): Adversary {
  return createRaid(ground, { name: 'hoarder', attack: (raider) => hoard(raider, perSecond) })
}

async function hoard(raider: Raider, perSecond: number): Promise<void> {
  const { random, targets, send, count } = raider
  const wanted = Array.from({ length: units }, (_, unit) => unit)
  for (let sent = 0; sent < perSecond; sent++) {
    for (const target of targets()) {
      const request = requestOf(raider, sent)
      const reply = await send(target, wire.submit, {
        requests: cells.map((cell) => ({ request, cells: [[cell, 0]], wanted, waitedMs: random.integer(1_000_000) })),
        withdrawn: [],
        epoch: 1,
        seq: Number.MAX_SAFE_INTEGER
      })
      if (reply !== undefined) count('submitted')
      const proposed = (await send(target, wire.propose, { request, units: wanted, waitedMs: 0 })) as
        | { granted: readonly number[] }
        | undefined
      count('held', proposed?.granted.length ?? 0)
    }
  }
}

function requestOf(raider: Raider, sent: number): SignedFields {
  const { random, networkId, targets } = raider
  const own = requestFields(raider, units)
  const kinds: readonly (() => SignedFields)[] = [
    () => signDocument(raider, 'request', own),
    () => signDocument(raider, 'request', requestFields(raider, units, targets()[0])),
    () => signDocument(raider, 'request', { ...own, network: `${networkId}x` }, `${networkId}x`),
    () => signDocument(raider, 'request', { ...own, amounts: { cpuMilli: -1, memoryMib: 0.5, diskMib: 2 ** 60, others: {} } }),
    () => signDocument(raider, 'request', { ...own, expression: '(((' }),
    () => [random.bytes(100), random.bytes(64)]
  ]
  return (kinds[sent % kinds.length] as () => SignedFields)()
}
