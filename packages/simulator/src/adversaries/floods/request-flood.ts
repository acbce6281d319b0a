import type { Adversary, AdversaryGround } from '../adversary.ts'
import { createRaid, type Raider } from '../raid.ts'
import { emptyTable, wire } from '../raw-protocol.ts'

/** Asks every honest node `burst` things at once, every second, and waits for none of them before the next. */
export function createRequestFlood(ground: AdversaryGround, { burst = 100 } = {}): Adversary {
  return createRaid(ground, { name: 'request flood', attack: (raider) => flood(raider, burst) })
}

async function flood({ targets, send, count }: Raider, burst: number): Promise<void> {
  const shard = { attribute: 'name' }
  const requests: readonly (readonly [string, unknown])[] = [
    [wire.query, { expression: 'cores >= 0 || load >= 0.0', limit: 100, orderBy: 'cores:desc' }],
    [wire.read, { shards: [shard], expression: 'true', limit: 1000 }],
    [wire.sync, { ...emptyTable, after: '' }],
    [wire.probe, { announcements: [], rumours: [] }],
    [wire.reconcile, { shard, ranges: [{ count: 1, fingerprint: new Uint8Array(16) }] }],
    [wire.network, {}],
    [wire.sync, nestedLists(1_000)]
  ]
  const all = targets().flatMap((target) =>
    Array.from({ length: burst }, (_, index) => [target, ...(requests[index % requests.length] as readonly [string, unknown])] as const)
  )
  count('requests', all.length)
  await Promise.all(
    all.map(async ([target, id, body]) => {
      if ((await send(target, id, body)) !== undefined) count('answered')
    })
  )
}

/** What a decoder that recurses descends into. */
function nestedLists(depth: number): unknown {
  let list: unknown = []
  for (let around = 1; around < depth; around++) list = [list]
  return list
}
