import { hexFromBytes } from '@cloudpeer/core'
import { reconcileProtocol, type Shard, shardId, shardsOfSchema } from '@cloudpeer/registry/protocols'
import type { SimulatedNode } from '../cloud/simulated-cloud.ts'
import type { Checker } from './checker.ts'
import { replicasSeenBy } from './responsible.ts'

/** L1: all nodes name the same nodes for every shard. */
export const responsibleSetsAgree: Checker = {
  name: 'eventually_responsible_sets_agree',
  watch({ cloud }) {
    return () =>
      shardsOfSchema((cloud.nodes[0] ?? cloud).schema).flatMap((shard) => {
        const sets = new Set(cloud.nodes.map((node) => replicasSeenBy(node, shard).join(' ')))
        return sets.size > 1 ? [`${sets.size} opinions on who holds ${shardId(shard)}`] : []
      })
  }
}

/** L1: all nodes go by the same schema. */
export const schemasAgree: Checker = {
  name: 'eventually_schemas_agree',
  watch({ cloud }) {
    return () => {
      const schemas = new Set(cloud.nodes.map(({ overlay: { network } }) => `${network.schemaVersion} (${hexFromBytes(network.digest)})`))
      return schemas.size > 1 ? [`nodes go by the schemas ${[...schemas].join(', ')}`] : []
    }
  }
}

/** L1: the replicas of every shard are complete, and have the same records. */
export const replicasAreEqual: Checker = {
  name: 'eventually_replicas_are_equal',
  watch({ cloud }) {
    return async () => {
      const [any] = cloud.nodes
      if (any === undefined) return []
      const problems: string[] = []
      for (const shard of shardsOfSchema(any.schema)) {
        const replicas = replicasSeenBy(any, shard).flatMap((peer) => cloud.nodes.find((node) => node.peer === peer) ?? [])
        const copies = await Promise.all(replicas.map((node) => copyAt(node, shard)))
        const kinds = new Set(copies)
        if (kinds.size > 1 || kinds.has('incomplete')) problems.push(`${shardId(shard)} is kept as ${copies.join(', ')}`)
      }
      return problems
    }
  }
}

/** What a node tells of its own copies, asked as a peer asks. */
async function copyAt(node: SimulatedNode, shard: Shard): Promise<string> {
  const nothing = { count: 0, fingerprint: new Uint8Array(16) }
  const { ranges, ready } = await node.transport.request(node.peer, reconcileProtocol, { shard, ranges: [nothing] })
  if (!ready) return 'incomplete'
  const [range] = ranges
  return range !== undefined && 'count' in range ? `${range.count} records ${hexFromBytes(range.fingerprint).slice(0, 8)}` : 'none'
}
