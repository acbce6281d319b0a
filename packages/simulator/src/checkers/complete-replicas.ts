import { reconcileProtocol, type Shard, shardId, shardsOfSchema } from '@cloudpeer/registry/protocols'
import type { SimulatedNode } from '../cloud/simulated-cloud.ts'
import type { PlainDescription } from '../workload/records.ts'
import { leftAlone } from './answers.ts'
import type { Checker, Watched } from './checker.ts'
import { copiesAt } from './copies.ts'
import { recordFields } from './record-fields.ts'

/** How long after its start a node is looked at, in ms: by then it has completed its shards. */
const youngMs = 10_000

/**
 * I10: a node that has just started and counts itself complete in a shard has each service of it that a majority had acknowledged before,
 * where at most one thing is broken at a time and the owner was left alone.
 */
export const completeReplicasLackNothing: Checker = {
  name: 'anytime_complete_replicas_lack_nothing',
  watch(watched) {
    const { cloud, gentle } = watched
    const started = new WeakMap<SimulatedNode, number>()
    cloud.onNode((node) => started.set(node, cloud.time.now))
    return async () => {
      if (!gentle) return []
      const problems: string[] = []
      for (const node of cloud.nodes) {
        const startedMs = started.get(node) ?? 0
        // One that was frozen or slowed since may not answer, or be behind.
        if (startedMs + youngMs < cloud.time.now || watched.disturbedAt(node.peer) > startedMs) continue
        for (const shard of shardsOfSchema(cloud.schema)) problems.push(...(await lackingAt(node, shard, startedMs, watched)))
      }
      return problems
    }
  }
}

async function lackingAt(node: SimulatedNode, shard: Shard, startedMs: number, watched: Watched): Promise<readonly string[]> {
  const { cloud, history } = watched
  const { ready } = await node.transport.request(node.peer, reconcileProtocol, { shard, ranges: [] })
  if (!ready) return []
  const there = new Set((await copiesAt(node, shard)).map(({ bytes }) => recordFields(bytes)).map(({ owner, name }) => `${owner}/${name}`))
  return cloud.nodes
    .filter(({ peer }) => peer !== node.peer && leftAlone(watched, peer, startedMs))
    .flatMap(({ peer }) =>
      history.names(peer).flatMap((name) => {
        const changes = history.changes(peer, name).filter(({ outcome }) => outcome !== 'refused')
        const last = changes.at(-1)
        const stands = last?.outcome === 'acknowledged' && (last.untilMs ?? Number.POSITIVE_INFINITY) <= startedMs
        if (!stands || last.description === undefined || !isIn(shard, last.description) || there.has(`${peer}/${name}`)) return []
        return [`${node.peer} is complete in ${shardId(shard)} without ${name} of ${peer}, acknowledged at ${last.untilMs} ms`]
      })
    )
}

function isIn({ attribute }: Shard, { attributes }: PlainDescription): boolean {
  return attribute === 'name' || attributes[attribute] !== undefined
}
