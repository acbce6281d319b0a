import { reconcileProtocol, refreshProtocol, type Shard, shardId, shardsOfSchema, writeProtocol } from '@cloudpeer/registry/protocols'
import type { SimulatedNode } from '../cloud/simulated-cloud.ts'
import type { PlainDescription } from '../workload/records.ts'
import { leftAlone } from './answers.ts'
import type { Checker, Watched } from './checker.ts'
import { allCopiesOnDisk } from './disk-copies.ts'

/** How long after its start a node is looked at, in ms: by then it has completed its shards. */
const youngMs = 10_000
/** A machine that joins counts as disturbed until so long after its start, in ms. */
const joiningMs = 10

/**
 * I10: a node that has just started and counts itself complete in a shard has each service of it that a majority had acknowledged before,
 * where at most one thing is broken at a time and the owner was left alone.
 */
export const completeReplicasLackNothing: Checker = {
  name: 'anytime_complete_replicas_lack_nothing',
  watch(watched) {
    const { cloud, exchanges, gentle } = watched
    const started = new WeakMap<SimulatedNode, number>()
    const complete = new WeakMap<SimulatedNode, Set<string>>()
    const problems: string[] = []
    cloud.onNode((node) => started.set(node, cloud.time.now))

    /** Whether a node is young. One that was frozen or slowed since its start may not answer, or be behind. */
    function isLookedAt(node: SimulatedNode): boolean {
      const startedMs = started.get(node) ?? 0
      return gentle && startedMs + youngMs >= cloud.time.now && watched.disturbedAt(node.peer) <= startedMs + joiningMs
    }

    /** At once when a node first says that it is complete: soon after, owners give it what it lacks. */
    function tells(peer: string, unready: readonly string[]): void {
      const node = gentle ? cloud.nodes.find((other) => other.peer === peer) : undefined
      if (node === undefined || !isLookedAt(node)) return
      const known = complete.get(node) ?? new Set<string>()
      complete.set(node, known)
      const news = shardsOfSchema(node.schema).filter((shard) => !unready.includes(shardId(shard)) && !known.has(shardId(shard)))
      for (const shard of news) {
        known.add(shardId(shard))
        problems.push(...lackingAt(node, shard, started.get(node) ?? 0, watched))
      }
    }
    exchanges.on(writeProtocol, ({ to, reply }) => tells(to, reply.unready))
    exchanges.on(refreshProtocol, ({ to, reply }) => tells(to, reply.unready))

    return async () => {
      for (const node of cloud.nodes.filter(isLookedAt)) {
        for (const shard of shardsOfSchema(node.schema)) {
          const { ready } = await node.transport.request(node.peer, reconcileProtocol, { shard, ranges: [] })
          if (ready) problems.push(...lackingAt(node, shard, started.get(node) ?? 0, watched))
        }
      }
      return problems.splice(0)
    }
  }
}

function lackingAt(node: SimulatedNode, shard: Shard, startedMs: number, watched: Watched): readonly string[] {
  const { cloud, history } = watched
  const there = new Set(allCopiesOnDisk(node.machine).map(({ owner, name }) => `${owner}/${name}`))
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
