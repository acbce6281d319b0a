import type { PeerId } from '@cloudpeer/core'
import { reconcileProtocol, refreshProtocol, type Shard, shardId, shardsOfSchema, writeProtocol } from '@cloudpeer/registry/protocols'
import type { SimulatedNode } from '../cloud/simulated-cloud.ts'
import type { Checker } from './checker.ts'
import { replicasMax, replicasSeenBy } from './responsible.ts'

/** What one node said when another compared itself with it. */
interface Answer {
  /** Whether it ever said that it was complete. */
  readonly ready: boolean
  /** Whether both saw the same replicas. */
  readonly agreed: boolean
}

/** The shard that has every record, of whose complete replicas any other shard can be completed. */
const names: Shard = { attribute: 'name' }

/** What those answered who saw a shard at the same replicas, and when the last of them did, in ms of true time. */
interface Sight {
  readonly answers: Map<PeerId, Answer>
  lastMs: number
}

/** Whether a node was complete when it said so, at which replicas it saw the shard and the names, and when, in ms of true time. */
interface Told {
  readonly ready: boolean
  readonly replicas: string
  readonly ofNames: string
  readonly atMs: number
}

/** What one process has told of its shards, and what others told it, by shard. */
interface Witness {
  readonly node: SimulatedNode
  /** Whether there were more nodes when it started than replicas of a shard: it had somebody to ask. */
  readonly hadOthers: boolean
  /** What it said last, by whom it said it to and shard. */
  readonly told: Map<string, Told>
  /** By shard and the shard as whose replicas others were asked, and the replicas at which these saw that one. */
  readonly heard: Map<string, Map<string, Sight>>
  /** When it last saw nobody else, and so had nobody to ask, in ms of true time. */
  aloneMs: number
}

/**
 * I10: a node becomes complete in a shard only after it has compared itself with so many complete replicas, of this shard or of the names, that one
 * of them has whatever a majority had acknowledged, or in the names with all of them, who saw the same replicas as itself. Its first word is judged where
 * at most one thing is broken at a time.
 */
export const completionIsEarned: Checker = {
  name: 'anytime_completion_is_earned',
  watch({ cloud, exchanges, gentle }) {
    const witnesses = new Map<PeerId, Witness>()
    const replicasOfView = new Map<string, string>()
    const problems: string[] = []
    cloud.onNode((node) => {
      const hadOthers = cloud.nodes.length > replicasMax
      const witness: Witness = { node, hadOthers, told: new Map(), heard: new Map(), aloneMs: Number.NEGATIVE_INFINITY }
      witnesses.set(node.peer, witness)
      node.overlay.onChange(() => {
        if (node.overlay.servers().length === 1) witness.aloneMs = cloud.time.now
      })
    })

    const sightOf = (node: SimulatedNode, shard: Shard): string => replicasSeenBy(node, shard).join(' ')

    exchanges.on(reconcileProtocol, ({ to, request: { shard, by = shard }, reply }) => {
      const witness = witnesses.get(to)
      if (witness !== undefined && reply.views !== undefined) replicasOfView.set(hexOf(reply.views), sightOf(witness.node, by))
      if (gentle) tells(to, by, reply.ready, 'compared')
    })

    exchanges.onReplied(reconcileProtocol, ({ from, to, request: { shard, by = shard }, reply }) => {
      const witness = witnesses.get(from)
      if (witness === undefined || reply.views === undefined || (from === to && by === shard)) return
      const id = `${shardId(shard)} by ${shardId(by)}`
      // What a hostile machine sees it alone can tell.
      const replicas = replicasOfView.get(hexOf(reply.views)) ?? sightOf(witness.node, by)
      const sights = witness.heard.get(id) ?? new Map<string, Sight>()
      const sight = sights.get(replicas) ?? { answers: new Map<PeerId, Answer>(), lastMs: 0 }
      witness.heard.set(id, sights.set(replicas, sight))
      const { answers } = sight
      const before = answers.get(to)
      sight.lastMs = cloud.time.now
      const agreed = replicas === sightOf(witness.node, by)
      answers.set(to, { ready: reply.ready || before?.ready === true, agreed: agreed || before?.agreed === true })
    })

    /** A node that hands over what it has is complete for whoever compares itself with it, and for nobody who writes to it. */
    function tells(peer: PeerId, shard: Shard, ready: boolean, when: 'compared' | 'written to'): void {
      const witness = witnesses.get(peer)
      if (witness === undefined) return
      const id = shardId(shard)
      const [replicas, ofNames] = [shard, names].map((each) => sightOf(witness.node, each)) as [string, string]
      const told = { ready, replicas, ofNames, atMs: cloud.time.now }
      const before = witness.told.get(`${when} ${id}`)
      witness.told.set(`${when} ${id}`, told)
      if (ready && !isEarned(witness, shard, before, told))
        problems.push(`${peer} became complete in ${id} without having compared itself with enough of ${told.replicas}`)
    }

    function isEarned(witness: Witness, shard: Shard, before: Told | undefined, { replicas, ofNames }: Told): boolean {
      const { node, hadOthers, aloneMs } = witness
      if (before === undefined && (!gentle || !hadOthers)) return true
      if (before !== undefined && (before.ready || replicas === node.peer || aloneMs > before.atMs)) return true
      // What became of the replicas between two words nobody can tell who sees but these.
      if (before !== undefined && (before.replicas !== replicas || before.ofNames !== ofNames)) return true
      return [shard, names].some((by) => isEarnedBy(witness, shard, by, before))
    }

    function isEarnedBy({ node, heard }: Witness, shard: Shard, by: Shard, before: Told | undefined): boolean {
      const sights = [...(heard.get(`${shardId(shard)} by ${shardId(by)}`) ?? [])]
      const mayBeAll = shard.attribute === names.attribute
      // At its first word it may see other replicas than when it became complete.
      if (before === undefined) return sights.some(([seen, { answers }]) => isEnough(node, seen, answers, { mustAgree: true, mayBeAll }))
      const now = sightOf(node, by)
      // Between two words under the same replicas it may have seen others, and become complete by those.
      return sights.some(
        ([seen, { answers, lastMs }]) =>
          (seen === now || lastMs > before.atMs) && isEnough(node, seen, answers, { mustAgree: false, mayBeAll })
      )
    }

    for (const protocol of [writeProtocol, refreshProtocol])
      exchanges.on(protocol, ({ to, reply }) => {
        const { schema } = witnesses.get(to)?.node ?? cloud
        for (const shard of shardsOfSchema(schema)) tells(to, shard, !reply.unready.includes(shardId(shard)), 'written to')
      })
    return () => problems.splice(0)
  }
}

function isEnough(
  { peer: self }: SimulatedNode,
  seen: string,
  answers: ReadonlyMap<PeerId, Answer>,
  { mustAgree, mayBeAll }: { readonly mustAgree: boolean; readonly mayBeAll: boolean }
): boolean {
  const replicas = seen.split(' ')
  const counted = [...answers].filter(([, { agreed }]) => agreed || !mustAgree)
  const complete = counted.filter(([, { ready }]) => ready).length
  const areAll = (): boolean => replicas.every((peer) => peer === self || counted.some(([other]) => other === peer))
  return complete >= Math.ceil(replicas.length / 2) || (mayBeAll && areAll())
}

function hexOf({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('hex')
}
