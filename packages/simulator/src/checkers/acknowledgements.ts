import type { PeerId } from '@cloudpeer/core'
import { refreshProtocol, type Shard, shardId, shardsOfSchema, writeProtocol } from '@cloudpeer/registry/protocols'
import type { SimulatedNode } from '../cloud/simulated-cloud.ts'
import type { Change } from '../workload/history.ts'
import type { PlainDescription } from '../workload/records.ts'
import type { Checker, Watched } from './checker.ts'
import { recordFields } from './record-fields.ts'
import { replicasSeenBy } from './responsible.ts'
import { isOlder, type Version } from './version.ts'

/** What a replica has told an owner that it holds. */
interface Told extends Version {
  readonly deleted: boolean
}

/**
 * I4: what a client is told to be done a majority of the replicas of each shard, as the owner knows them, has told the owner to hold, and
 * to be complete; and an owner counts no replica that has not said so since it was last away.
 */
export const acknowledgementsAreEarned: Checker = {
  name: 'anytime_acknowledgements_are_earned',
  watch(watched) {
    const { cloud, history, random, lostDisks } = watched
    const words = heardByOwners(watched)
    const problems: string[] = []

    function isEarned(node: SimulatedNode, shard: Shard, change: Change, has: (told: Told | undefined) => boolean): boolean {
      const replicas = replicasSeenBy(node, shard)
      const counted = replicas.filter(
        (peer) =>
          peer === node.peer || (has(words.told(node.peer, peer, change.name)) && words.wasReady(node.peer, peer, shard, change.fromMs))
      )
      return counted.length > replicas.length / 2
    }

    history.onSettled((change) => {
      const node = cloud.nodes.find(({ peer }) => peer === change.owner)
      if (change.outcome !== 'acknowledged' || node === undefined || words.changedAt(node.peer) >= change.fromMs) return
      // What its disk lost nobody has under the epoch of its present start: there is nothing to withdraw.
      if (change.description === undefined && lostDisks.has(change.owner)) return
      const has = isWhatItTook(node, change, history.changes(change.owner, change.name))
      if (has === undefined) return
      for (const shard of shardsOf(node.schema, change.description))
        if (!isEarned(node, shard, change, has))
          problems.push(`${change.owner} acknowledged ${change.name} without a majority of the replicas of ${shardId(shard)}`)
    })

    /** Looks at one node: to ask each what it has is dear. */
    function miscounted(): void {
      const node = cloud.nodes[random.integer(Math.max(1, cloud.nodes.length))]
      if (node === undefined) return
      for (const { name, epoch, seq, attributes, acknowledged } of node.registry.own()) {
        const replicas = new Set(shardsOf(node.schema, { attributes }).flatMap((shard) => replicasSeenBy(node, shard)))
        const having = [...replicas].filter((peer) => {
          const told = words.told(node.peer, peer, name)
          return peer === node.peer || (told !== undefined && !isOlder(told, { epoch, seq }))
        })
        if (acknowledged > having.length)
          problems.push(`${node.peer} counts ${acknowledged} replicas for ${name}, of which ${having.length} have told it so`)
      }
    }

    return () => {
      miscounted()
      return problems.splice(0)
    }
  }
}

/** What a replica must have told for a change to be done; undefined where nothing can be said: another change followed, or there was nothing to withdraw. */
function isWhatItTook(node: SimulatedNode, change: Change, changes: readonly Change[]): ((told: Told | undefined) => boolean) | undefined {
  const before = changes[changes.indexOf(change) - 1]
  if (changes.at(-1) !== change) return undefined
  if (change.description === undefined)
    return before?.outcome === 'acknowledged' && before.description !== undefined ? (told) => told?.deleted === true : undefined
  const own = node.registry.own().find(({ name }) => name === change.name)
  return own && ((told) => told !== undefined && !isOlder(told, own))
}

/** The shards of a service; of one that was withdrawn that of the names, in which all are. */
function shardsOf(
  schema: Parameters<typeof shardsOfSchema>[0],
  description: Pick<PlainDescription, 'attributes'> | object = {}
): readonly Shard[] {
  const attributes = 'attributes' in description ? (description.attributes as PlainDescription['attributes']) : {}
  return shardsOfSchema(schema).filter(({ attribute }) => attribute === 'name' || attributes[attribute] !== undefined)
}

/** What owners heard of their replicas since these were last away. */
function heardByOwners({ cloud, exchanges }: Watched) {
  const told = new Map<string, Map<string, Told>>()
  const ready = new Map<string, { last: ReadonlySet<string>; readonly sinceMs: Map<string, number> }>()
  const changedAt = new Map<PeerId, number>()
  /** The last node of each machine. */
  const nodes = new Map<PeerId, SimulatedNode>()
  const pair = (owner: PeerId, peer: PeerId): string => `${owner} ${peer}`

  function toldBy(owner: PeerId, peer: PeerId): Map<string, Told> {
    const known = told.get(pair(owner, peer)) ?? new Map<string, Told>()
    told.set(pair(owner, peer), known)
    return known
  }

  /** Answers may overtake each other. */
  function tell(owner: PeerId, peer: PeerId, name: string, version: Told): void {
    const known = toldBy(owner, peer).get(name)
    if (known === undefined || !isOlder(version, known)) toldBy(owner, peer).set(name, version)
  }

  function answered(owner: PeerId, peer: PeerId, unready: readonly string[]): void {
    const known = ready.get(pair(owner, peer)) ?? { last: new Set(), sinceMs: new Map() }
    const { schema } = nodes.get(peer) ?? cloud
    known.last = new Set(
      shardsOfSchema(schema)
        .map(shardId)
        .filter((id) => !unready.includes(id))
    )
    for (const id of known.last) known.sinceMs.set(id, cloud.time.now)
    ready.set(pair(owner, peer), known)
  }

  exchanges.onReplied(writeProtocol, ({ from, to, request, reply }) => {
    const refused = new Set(reply.failed.flatMap(({ index, error }) => (error.code === 'RECORD_STALE' ? [] : [index])))
    request.records.forEach(([bytes], index) => {
      const { owner, name, epoch, seq, deleted } = recordFields(bytes)
      if (owner === from && !refused.has(index)) tell(from, to, name, { epoch, seq, deleted })
    })
    answered(from, to, reply.unready)
  })

  exchanges.onReplied(refreshProtocol, ({ from, to, request, reply }) => {
    const missing = new Set(reply.missing)
    request.services.forEach(([name, seq], index) => {
      const named = { epoch: request.epoch, seq, deleted: false }
      const known = toldBy(from, to).get(name)
      if (!missing.has(index)) tell(from, to, name, named)
      else if (known !== undefined && !isOlder(named, known)) toldBy(from, to).delete(name)
    })
    answered(from, to, reply.unready)
  })

  cloud.onNode((node) => {
    const { peer: self, overlay } = node
    nodes.set(self, node)
    overlay.onNetwork(() => changedAt.set(self, cloud.time.now))
    overlay.onChange(({ peer, from, to }) => {
      if (isThere(from) !== isThere(to)) changedAt.set(self, cloud.time.now)
      if (!isThere(overlay.member(peer)?.state)) told.delete(pair(self, peer))
    })
  })

  return {
    told: (owner: PeerId, peer: PeerId, name: string): Told | undefined => told.get(pair(owner, peer))?.get(name),
    /** Whether a replica told to be complete in a shard when it answered last, or at any time since `fromMs`. */
    wasReady(owner: PeerId, peer: PeerId, shard: Shard, fromMs: number): boolean {
      const known = ready.get(pair(owner, peer))
      return known !== undefined && (known.last.has(shardId(shard)) || (known.sinceMs.get(shardId(shard)) ?? 0) >= fromMs)
    },
    /** When an owner last learned that other nodes are there, or another schema. */
    changedAt: (owner: PeerId): number => changedAt.get(owner) ?? Number.NEGATIVE_INFINITY
  }
}

function isThere(state: string | undefined): boolean {
  return state === 'ALIVE' || state === 'SUSPECT'
}
