import { type CloudError, compareText, isCloudError, type PeerId } from '@cloudpeer/core'
import type { VerifiedRecord } from '../record/record.ts'
import { type Shard, shardId } from '../shard/shard.ts'

/** Where the network's shards are, as the directory says now. */
export interface PublicationPlacement {
  shards(): readonly Shard[]
  shardsOf(attributes: VerifiedRecord['record']['attributes']): readonly Shard[]
  /** The same list until the replicas change. */
  replicas(shard: Shard): readonly PeerId[]
  /** Whether a node that told these views sees the shard at the same replicas as this node does now. */
  agrees(views: Uint8Array, shard: Shard): boolean
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
  /** Shards of earlier versions that this one does not belong to: their replicas may have such a version, or just be taking it from others. */
  former: readonly Shard[]
  /** Nodes that hold no version, and need none: the replicas of former shards, once they have said so. */
  readonly without: Set<PeerId>
  /** Nodes that have this version. */
  readonly copies: Set<PeerId>
  /** Nodes that may have some version of this epoch. */
  readonly placed: Set<PeerId>
  /** Nodes that were to get this version when it was published, and have been there since: no hand-over brings it to them. */
  readonly addressees: Set<PeerId>
  /** Nodes that did not take this version, and will not before something changes there, and why. */
  readonly refusals: Map<PeerId, CloudError>
}

/** What a node last said about which shards its copies count for. */
interface Answer {
  /** Ids of shards that it is not complete in. */
  readonly unready: ReadonlySet<string>
  /** At which replicas it sees each shard, if it said so. */
  readonly views: Uint8Array
  /** Whether its copies count in a shard, as far as that was asked for: it holds while the shard is at the same replicas. */
  readonly verdicts: Map<Shard, Verdict>
}

/** Whether a node's copies count, and the shard's replicas when that was found. */
interface Verdict {
  readonly replicas: readonly PeerId[]
  readonly counts: boolean
}

/** How far a service has come: replicas of its shards that have it, of all of them. */
export interface Progress {
  readonly acknowledged: number
  readonly replicas: number
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
  readonly #answers = new Map<PeerId, Answer>()

  constructor(placement: PublicationPlacement) {
    this.#placement = placement
  }

  /** A new version of a service. */
  publish(record: VerifiedRecord): void {
    const known = this.#publications.get(record.record.name)
    const shards = record.record.deleted ? (known?.shards ?? []) : this.#placement.shardsOf(record.record.attributes)
    const publication = known ?? createPublication(record, shards)
    publication.former = [...publication.former, ...publication.shards].filter((shard) => !shards.includes(shard))
    publication.record = record
    publication.shards = shards
    publication.without.clear()
    publication.copies.clear()
    publication.refusals.clear()
    this.#publications.set(record.record.name, publication)
    this.#plan(publication)
    publication.addressees.clear()
    for (const [peer, pending] of this.#pending) if (pending.has(publication)) publication.addressees.add(peer)
  }

  /** Forgets a service whose last version is this tombstone, which has outlived every copy. */
  forget(tombstone: VerifiedRecord): void {
    const { name } = tombstone.record
    const publication = this.#publications.get(name)
    if (publication?.record !== tombstone) return
    this.#publications.delete(name)
    for (const pending of this.#pending.values()) pending.delete(publication)
  }

  /** Plans anew after a change of the members or the schema. What a node had when it went away does not count any more. */
  replan(): void {
    const { isPresent, isMember, shardsOf } = this.#placement
    this.#pending.clear()
    for (const peer of this.#answers.keys()) if (!isPresent(peer)) this.#answers.delete(peer)
    for (const publication of this.#publications.values()) {
      const { record, copies, placed, without, addressees, refusals } = publication
      for (const peer of placed) if (!isMember(peer)) placed.delete(peer)
      for (const peer of copies) if (!isPresent(peer)) copies.delete(peer)
      for (const peer of addressees) if (!isPresent(peer)) addressees.delete(peer)
      for (const peer of without) if (!isPresent(peer)) without.delete(peer)
      for (const peer of refusals.keys()) if (!isPresent(peer)) refusals.delete(peer)
      publication.shards = record.record.deleted ? this.#shardsLeft(publication.shards) : shardsOf(record.record.attributes)
      this.#plan(publication)
    }
  }

  /** Nodes that lack something. */
  peers(): PeerId[] {
    return [...this.#pending].filter(([, pending]) => pending.size > 0).map(([peer]) => peer)
  }

  /**
   * The records that a node lacks and that nobody but the owner can bring: no majority has them yet, or the node is not one to which
   * they are handed over. Tombstones too, which are what frees room at a node that has none, and so cannot be completed.
   */
  fresh(peer: PeerId): readonly VerifiedRecord[] {
    return this.#pendingOf(peer)
      .filter((publication) => !this.#isHandedOver(publication, peer))
      .map(({ record }) => record)
  }

  /** The other records that a node lacks, as far as is known: a majority has them, and hand-over brings them. */
  settled(peer: PeerId): readonly VerifiedRecord[] {
    return this.#pendingOf(peer)
      .filter((publication) => this.#isHandedOver(publication, peer))
      .map(({ record }) => record)
  }

  /** Whether a node is still completing a shard that own records belong to. */
  isCompleting(peer: PeerId): boolean {
    return this.#isReplicaSuchThat(peer, (shard) => this.#isUnready(peer, shard))
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
    publication.refusals.delete(peer)
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

  /**
   * A node did not take a record: others go first before it is offered again, or it is not offered again. Whoever is out
   * of room, or has a store that failed, may be so for long; any other error that may pass is not held against it.
   */
  refused(peer: PeerId, record: VerifiedRecord, error: CloudError): void {
    const publication = this.#publications.get(record.record.name)
    const pending = this.#pending.get(peer)
    if (publication?.record !== record || !pending?.delete(publication)) return
    if (isCloudError(error, 'NOT_RESPONSIBLE') && this.#needsNone(publication, peer)) publication.without.add(peer)
    else if (error.retry) pending.add(publication)
    if (!error.retry || isCloudError(error, 'STORE_FULL', 'STORE_FAILED', 'QUOTA_EXCEEDED')) publication.refusals.set(peer, error)
  }

  /** Forgets who refused a service: whoever asks for it anew wants it to be tried. */
  forgive(name: string): void {
    this.#publications.get(name)?.refusals.clear()
  }

  /** Why a service cannot get its majority for the time being: too many replicas of one of its shards have refused it. */
  hopeless(name: string): CloudError | undefined {
    const publication = this.#publications.get(name)
    if (publication === undefined || this.#isAcknowledged(publication)) return undefined
    const { shards, refusals } = publication
    for (const replicas of shards.map((shard) => this.#placement.replicas(shard))) {
      const refusing = replicas.filter((peer) => refusals.has(peer))
      if (refusing.length >= replicas.length / 2) return refusals.get(refusing[0] as PeerId)
    }
    return undefined
  }

  /** A node said in which shards it is not complete, and at which replicas it sees them. */
  answered(peer: PeerId, unready: readonly string[], views: Uint8Array | undefined): void {
    this.#answers.set(peer, { unready: new Set(unready), views: views ?? new Uint8Array(), verdicts: new Map() })
  }

  /** Replicas of own records that answered, and whose copies do not count by what they said last: they are not complete, or see other replicas. */
  uncounted(): readonly PeerId[] {
    return [...this.#answers.keys()].filter((peer) => this.#isReplicaSuchThat(peer, (shard) => !this.#counts(peer, shard)))
  }

  progress(name: string): Progress {
    const { copies, shards } = this.#publications.get(name) ?? { copies: new Set(), shards: [] }
    const replicas = new Set(shards.flatMap((shard) => this.#placement.replicas(shard)))
    return { acknowledged: [...replicas].filter((peer) => copies.has(peer)).length, replicas: replicas.size }
  }

  /** Whether a majority of the complete replicas of each shard has a service, or there is no such service any more. */
  isAcknowledged(name: string): boolean {
    const publication = this.#publications.get(name)
    return publication === undefined || this.#isAcknowledged(publication)
  }

  #pendingOf(peer: PeerId): readonly Publication[] {
    return [...(this.#pending.get(peer) ?? [])]
  }

  /** Whether a node is no replica of a service, and not about to take an earlier version of it from others. */
  #needsNone({ shards, former }: Publication, peer: PeerId): boolean {
    const isReplica = shards.some((shard) => this.#placement.replicas(shard).includes(peer))
    return !isReplica && !former.some((shard) => this.#placement.replicas(shard).includes(peer) && this.#isUnready(peer, shard))
  }

  #isHandedOver(publication: Publication, peer: PeerId): boolean {
    const { record, addressees } = publication
    return !record.record.deleted && !addressees.has(peer) && this.#isSettled(publication)
  }

  /** Whether hand-over brings a service to whoever joins its replicas: a majority has it, though they may not agree yet on who they are. */
  #isSettled({ shards, copies }: Publication): boolean {
    return this.#isWithMajority(shards, (peer, shard) => copies.has(peer) && !this.#isUnready(peer, shard))
  }

  /** Whether every strong read finds a service from now on: majorities meet if they are of one set of replicas. */
  #isAcknowledged({ shards, copies }: Publication): boolean {
    return this.#isWithMajority(shards, (peer, shard) => copies.has(peer) && this.#counts(peer, shard))
  }

  #isWithMajority(shards: readonly Shard[], counts: (peer: PeerId, shard: Shard) => boolean): boolean {
    const hasMajority = (shard: Shard): boolean => {
      const replicas = this.#placement.replicas(shard)
      return replicas.filter((peer) => counts(peer, shard)).length > replicas.length / 2
    }
    return this.#placement.isJoined() && shards.every(hasMajority)
  }

  /** Whether a node's copies count: it is complete, and sees the shard at the replicas at which this node sees it. */
  #counts(peer: PeerId, shard: Shard): boolean {
    const answer = this.#answers.get(peer)
    if (answer === undefined) return false
    const replicas = this.#placement.replicas(shard)
    const known = answer.verdicts.get(shard)
    if (known?.replicas === replicas) return known.counts
    const counts = !answer.unready.has(shardId(shard)) && this.#placement.agrees(answer.views, shard)
    answer.verdicts.set(shard, { replicas, counts })
    return counts
  }

  #isUnready(peer: PeerId, shard: Shard): boolean {
    return this.#answers.get(peer)?.unready.has(shardId(shard)) ?? false
  }

  #isReplicaSuchThat(peer: PeerId, holds: (shard: Shard) => boolean): boolean {
    const shards = new Set([...this.#publications.values()].flatMap((publication) => publication.shards))
    return [...shards].some((shard) => this.#placement.replicas(shard).includes(peer) && holds(shard))
  }

  /** Those of the shards that the schema still has. */
  #shardsLeft(shards: readonly Shard[]): readonly Shard[] {
    const present = this.#placement.shards()
    if (shards.every((shard) => present.includes(shard))) return shards
    const ids = new Set(shards.map(shardId))
    return present.filter((shard) => ids.has(shardId(shard)))
  }

  #plan(publication: Publication): void {
    const { shards, former, placed, copies, without } = publication
    const targets = new Set([...[...shards, ...former].flatMap((shard) => this.#placement.replicas(shard)), ...placed])
    for (const peer of targets) {
      if (copies.has(peer) || without.has(peer) || !this.#placement.isPresent(peer)) continue
      const pending = this.#pending.get(peer) ?? new Set<Publication>()
      this.#pending.set(peer, pending)
      pending.add(publication)
    }
  }
}

function createPublication(record: VerifiedRecord, shards: readonly Shard[]): Publication {
  return {
    record,
    shards,
    former: [],
    without: new Set(),
    copies: new Set(),
    placed: new Set(),
    addressees: new Set(),
    refusals: new Map()
  }
}
