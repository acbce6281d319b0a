import type { PeerId } from '@cloudpeer/core'
import { copyProtocol, type Shard, type SignedRecord, shardId, shardsOfSchema, unpackRecords } from '@cloudpeer/registry/protocols'
import type { SimulatedNode } from '../cloud/simulated-cloud.ts'
import type { Checker } from './checker.ts'
import { recordFields } from './record-fields.ts'
import { replicasSeenBy } from './responsible.ts'

/** How long a copy may be there after its time is over, in ms: two sweeps. */
const sweptMs = 45_000

/** L1: the replicas of every shard have the same bytes, compared without any of the code that makes them so. */
export const copiesAreTheSame: Checker = {
  name: 'eventually_copies_are_the_same',
  watch({ cloud }) {
    return async (isLast) => {
      if (!isLast) return []
      const problems: string[] = []
      const [any] = cloud.nodes
      for (const shard of shardsOfSchema((any ?? cloud).schema)) {
        const peers = any === undefined ? [] : replicasSeenBy(any, shard)
        const replicas = cloud.nodes.filter(({ peer }) => peers.includes(peer))
        const copies = await Promise.all(replicas.map(async (node) => (await copiesAt(node, shard)).map(textOf).sort().join()))
        if (new Set(copies).size > 1) problems.push(`the replicas of ${shardId(shard)} have different copies`)
      }
      return problems
    }
  }
}

/** I11: nobody keeps a service of an owner that has not been heard of for the time that it asked for. */
export const nothingOutlivesItsOwner: Checker = {
  name: 'eventually_nothing_outlives_its_owner',
  watch({ cloud }) {
    const heard = new Map<PeerId, number>()
    cloud.onNode(({ peer }) => heard.set(peer, cloud.time.now))
    return async (isLast) => {
      for (const { peer } of cloud.nodes) heard.set(peer, cloud.time.now)
      if (!isLast) return []
      const problems: string[] = []
      for (const node of cloud.nodes) {
        for (const copy of await copiesAt(node, { attribute: 'name' })) {
          const { owner, name, ttlMs, deleted } = recordFields(copy.bytes)
          const endsMs = (heard.get(owner) ?? 0) + ttlMs + sweptMs
          if (!deleted && endsMs < cloud.time.now)
            problems.push(`${node.peer} has ${name} of ${owner}, which was last there at ${heard.get(owner)} ms`)
        }
      }
      return problems
    }
  }
}

/** All copies that a node has in a shard, as it hands them over. */
async function copiesAt({ peer, transport }: SimulatedNode, shard: Shard): Promise<readonly SignedRecord[]> {
  const copies: SignedRecord[] = []
  for (let from: { readonly name: string; readonly owner?: string } | undefined; ; ) {
    const page = await transport.request(peer, copyProtocol, { shard, ...(from && { from }) })
    copies.push(...unpackRecords(page.rows))
    if (page.next === undefined) return copies
    from = page.next
  }
}

function textOf({ bytes }: SignedRecord): string {
  return Buffer.from(bytes).toString('latin1')
}
