import type { PeerId } from '@cloudpeer/core'
import type { AttributeValue, ServiceDescription } from '@cloudpeer/model'

/** A service as a query finds it. */
export interface Match {
  readonly name: string
  readonly owner: PeerId
  /** A plain value, or a list where the attribute has several. */
  readonly attributes: Readonly<Record<string, AttributeValue | readonly AttributeValue[]>>
  readonly endpoints: readonly string[]
}

/** What is asked of the whole network. */
export interface QueryRequest {
  readonly expression: string
  /** Most matches of one answer, 1 to {@link queryLimitMax}. */
  readonly limit?: number
  /** `attribute` or `attribute:desc`; ties, and everything without it, by name and owner. */
  readonly orderBy?: string
  /** The `next` of the answer before this one. */
  readonly after?: string
  readonly explain?: boolean
  /** Whether a majority of each shard's replicas is asked, so that every acknowledged record is found. */
  readonly strong?: boolean
}

/** The answer to a query. */
export interface QueryAnswer {
  readonly matches: readonly Match[]
  /** Whether a shard that may hold matches could not be reached. */
  readonly partial: boolean
  /** The shards that could not be reached. */
  readonly missing: readonly string[]
  /** Whether matches follow after these: ask again with `after` set to `next`. */
  readonly more: boolean
  readonly next?: string
  /**
   * `strong`: every record that was acknowledged before is there, in its newest acknowledged version. `one`: every record
   * that all replicas have is there; one that was acknowledged within the repair interval may be missing.
   */
  readonly consistency: 'one' | 'strong'
  readonly stats: {
    /** Other nodes that were asked. */
    readonly nodesAsked: number
    /** Protocol messages both ways. */
    readonly messages: number
    readonly latencyMs: number
  }
  readonly explain?: Explanation
}

/** How an answer came about. */
export interface Explanation {
  /** The terms of the expression's disjunctive normal form, each with the shards that could serve it. */
  readonly terms: readonly {
    readonly expression: string
    readonly shards: readonly {
      readonly shard: string
      readonly estimatedRows: number
      readonly estimatedCost: number
      readonly chosen: boolean
    }[]
  }[]
  /** The replicas that answered or were tried, in order. */
  readonly asked: readonly {
    readonly shard: string
    readonly node: PeerId
    readonly local: boolean
    /** `answered`, or the code of the error. */
    readonly outcome: string
    readonly rowsRead: number
    readonly rowsReturned: number
    readonly latencyMs: number
  }[]
}

/** How far one registration has come. */
export interface Registration {
  readonly name: string
  readonly seq: number
  /** Replicas that have it, of `replicas` that should; a majority of each shard's when this is returned. */
  readonly acknowledged: number
  readonly replicas: number
}

/** A service that this node owns. */
export interface OwnService extends Registration {
  readonly epoch: number
  readonly attributes: Match['attributes']
  readonly endpoints: readonly string[]
}

/** What this node holds for others and for itself. */
export interface RegistryStatus {
  readonly own: number
  readonly shards: {
    /** Shards that this node is responsible for. */
    readonly held: number
    /** Those of them in which it has everything: for the others it takes writes and does not answer yet. */
    readonly ready: number
    /** Copies of records, its own among them. */
    readonly records: number
    /** Bytes of these records with their signatures. */
    readonly bytes: number
  }
  /** `full` while the disk has no room for another record; `failed` once a write has failed: until the next start it keeps no shard. */
  readonly store: 'ok' | 'full' | 'failed'
}

/** What came of a hand-over before a leave. */
export interface Drained {
  /** Whether the nodes that take over have everything that this one had. */
  readonly complete: boolean
  /** The shards that some of them were not complete in when time was up, or for which there is nobody. */
  readonly waiting: readonly string[]
}

/** Which services exist: publishes this node's own, keeps its share of everyone's, and answers queries over all. */
export interface Registry {
  start(): Promise<void>
  stop(): Promise<void>
  /**
   * Publishes services under this node's name, replacing those of the same name, and resolves when a majority of the
   * replicas of each of their shards has acknowledged. UNACKNOWLEDGED if none did in time: the services stay registered
   * here and are offered again until all replicas have them.
   */
  register(descriptions: readonly ServiceDescription[], options?: { readonly signal?: AbortSignal }): Promise<readonly Registration[]>
  /** Withdraws an own service everywhere; false if there is none of that name. */
  remove(name: string, options?: { readonly signal?: AbortSignal }): Promise<boolean>
  own(): readonly OwnService[]
  query(request: QueryRequest, options?: { readonly signal?: AbortSignal }): Promise<QueryAnswer>
  status(): RegistryStatus
  /**
   * Hands over what this node holds, before it leaves for good: announces the leave, and resolves when the nodes that are responsible
   * in its place have all of it, or after `drainMsMax`. Copies do not count here from then on; it cannot be taken back.
   */
  drain(): Promise<Drained>
}

/** The most matches of one answer. */
export const queryLimitMax = 1000
/** Matches of one answer unless the request says otherwise. */
export const queryLimitDefault = 100
