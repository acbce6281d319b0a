import { compareText, type PeerId } from '@cloudpeer/core'
import type { VerifiedRecord } from '../record/record.ts'
import { type Shard, shardId } from '../shard/shard.ts'

/** Where the network's shards are, as the directory says now. */
export interface PublicationPlacement {
  shardsOf(attributes: VerifiedRecord['record']['attributes']): readonly Shard[]
  replicas(shard: Shard): readonly PeerId[]
  /** Whether a node answers, as far as is known. */
  isPresent(peer: PeerId): boolean
  /** Whether this node knows the members of its network: before that, nothing can be a majority. */
  isJoined(): boolean
  /** Whether a node may come back with what it has. */
  isMember(peer: PeerId): boolean
}

/** One service on its way to its replicas. */
interface Publication {
  record: VerifiedRecord
  /** The shards of the last version that had attributes: a tombstone goes where the service was. */
  shards: readonly Shard[]
  /** Nodes that have this version. */
  readonly copies: Set<PeerId>
  /** Nodes that may have some version of this epoch. */
  readonly placed: Set<PeerId>
}

/** How far a service has come: replicas of its shards that have it, of all of them. */
export interface Progress {
  readonly acknowledged: number
  readonly replicas: number
  /** Whether a majority of the complete replicas of each shard has it. */
  readonly majority: boolean
}

/**
 * What this owner has published and who still lacks it: a function of the versions published, the answers heard, and the
 * directory. A version goes to the replicas of its shards and to every node that has an older one, so that an attribute
 * that was dropped leaves no superseded copy behind.
 */
export class Publications {
  readonly #placement: PublicationPlacement
  readonly #publications = new Map<string, Publication>()
  readonly #pending = new Map<PeerId, Set<Publication>>()
  readonly #unready = new Map<PeerId, ReadonlySet<string>>()

  constructor(placement: PublicationPlacement) {
    this.#placement = placement
  }

  /** A new version of a service. */
  publish(record: VerifiedRecord): void {
    const known = this.#publications.get(record.record.name)
    const shards = record.record.deleted ? (known?.shards ?? []) : this.#placement.shardsOf(record.record.attributes)
    const publication = known ?? { record, shards, copies: new Set<PeerId>(), placed: new Set<PeerId>() }
    publication.record = record
    publication.shards = shards
    publication.copies.clear()
    this.#publications.set(record.record.name, publication)
    this.#plan(publication)
  }

  /** Forgets a service: its tombstone has outlived every copy. */
  forget(name: string): void {
    const publication = this.#publications.get(name)
    this.#publications.delete(name)
    if (publication !== undefined) for (const pending of this.#pending.values()) pending.delete(publication)
  }

  /** Plans anew after a change of the members or the schema. What a node had when it went away does not count any more. */
  replan(): void {
    const { isPresent, isMember, shardsOf } = this.#placement
    this.#pending.clear()
    for (const peer of this.#unready.keys()) if (!isPresent(peer)) this.#unready.delete(peer)
    for (const publication of this.#publications.values()) {
      const { record, copies, placed } = publication
      for (const peer of placed) if (!isMember(peer)) placed.delete(peer)
      for (const peer of copies) if (!isPresent(peer)) copies.delete(peer)
      if (!record.record.deleted) publication.shards = shardsOf(record.record.attributes)
      this.#plan(publication)
    }
  }

  /** Nodes that lack something. */
  peers(): PeerId[] {
    return [...this.#pending].filter(([, pending]) => pending.size > 0).map(([peer]) => peer)
  }

  /** The records that a node lacks and that no majority has yet: nobody but the owner can bring them. */
  fresh(peer: PeerId): readonly VerifiedRecord[] {
    return this.#pendingOf(peer)
      .filter((publication) => !this.#isSettled(publication))
      .map(({ record }) => record)
  }

  /** The records that a node lacks, as far as is known, but a majority has: hand-over brings them. */
  settled(peer: PeerId): readonly VerifiedRecord[] {
    return this.#pendingOf(peer)
      .filter((publication) => this.#isSettled(publication))
      .map(({ record }) => record)
  }

  /** Whether a node is still completing a shard that own records belong to. */
  isCompleting(peer: PeerId): boolean {
    return this.unreadyPeers().includes(peer)
  }

  /** The services that a node has, by name: what it is asked to keep. */
  heldBy(peer: PeerId): readonly VerifiedRecord[] {
    const held = [...this.#publications.values()].filter(({ record, copies }) => copies.has(peer) && !record.record.deleted)
    return held.map(({ record }) => record).sort((a, b) => compareText(a.record.name, b.record.name))
  }

  /** Nodes that have anything. */
  holders(): readonly PeerId[] {
    return [...new Set([...this.#publications.values()].flatMap(({ copies }) => [...copies]))].sort(compareText)
  }

  /** A node has this version. */
  acknowledged(peer: PeerId, record: VerifiedRecord): void {
    const publication = this.#publications.get(record.record.name)
    if (publication?.record !== record) return
    publication.placed.add(peer)
    publication.copies.add(peer)
    this.#pending.get(peer)?.delete(publication)
  }

  /** A node that had this version lacks it now. */
  lacks(peer: PeerId, record: VerifiedRecord): void {
    const publication = this.#publications.get(record.record.name)
    if (publication?.record !== record) return
    publication.copies.delete(peer)
    this.#plan(publication)
  }

  /** A record is on its way to a node, which may have it from now on. */
  sent(peer: PeerId, record: VerifiedRecord): void {
    this.#publications.get(record.record.name)?.placed.add(peer)
  }

  /** A node did not take a record: others go first before it is offered again, or it is not offered again. */
  refused(peer: PeerId, record: VerifiedRecord, again: boolean): void {
    const publication = this.#publications.get(record.record.name)
    const pending = this.#pending.get(peer)
    if (publication?.record !== record || !pending?.delete(publication)) return
    if (again) pending.add(publication)
  }

  /** A node said in which shards it is not complete. */
  unready(peer: PeerId, shardIds: readonly string[]): void {
    if (shardIds.length === 0) this.#unready.delete(peer)
    else this.#unready.set(peer, new Set(shardIds))
  }

  /** Replicas of own records that said, when they answered last, that their copies do not count. */
  unreadyPeers(): readonly PeerId[] {
    const shards = new Set([...this.#publications.values()].flatMap((publication) => publication.shards))
    return [...new Set([...shards].flatMap((shard) => this.#placement.replicas(shard).filter((peer) => this.#isUnready(peer, shard))))]
  }

  progress(name: string): Progress {
    const publication = this.#publications.get(name)
    if (publication === undefined) return { acknowledged: 0, replicas: 0, majority: true }
    const { copies, shards } = publication
    const replicas = new Set(shards.flatMap((shard) => this.#placement.replicas(shard)))
    return {
      acknowledged: [...replicas].filter((peer) => copies.has(peer)).length,
      replicas: replicas.size,
      majority: this.#isSettled(publication)
    }
  }

  #pendingOf(peer: PeerId): readonly Publication[] {
    return [...(this.#pending.get(peer) ?? [])]
  }

  #isSettled({ shards, copies }: Publication): boolean {
    return this.#placement.isJoined() && shards.every((shard) => this.#hasMajority(shard, copies))
  }

  #hasMajority(shard: Shard, copies: ReadonlySet<PeerId>): boolean {
    const replicas = this.#placement.replicas(shard)
    const counting = replicas.filter((peer) => copies.has(peer) && !this.#isUnready(peer, shard))
    return counting.length > replicas.length / 2
  }

  #isUnready(peer: PeerId, shard: Shard): boolean {
    return this.#unready.get(peer)?.has(shardId(shard)) ?? false
  }

  #plan(publication: Publication): void {
    const { shards, placed, copies } = publication
    const targets = new Set([...shards.flatMap((shard) => this.#placement.replicas(shard)), ...placed])
    for (const peer of targets) {
      if (copies.has(peer) || !this.#placement.isPresent(peer)) continue
      const pending = this.#pending.get(peer) ?? new Set<Publication>()
      this.#pending.set(peer, pending)
      pending.add(publication)
    }
  }
}
