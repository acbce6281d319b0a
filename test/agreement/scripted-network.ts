import type { PeerId } from '@cloudpeer/core'
import type { Shard } from '@cloudpeer/registry/protocols'
import type { PlainService } from './script.ts'

/** A member as some node sees it. */
export interface SeenMember {
  readonly peer: string
  readonly state: string
  readonly epoch: number
}

/** A service as its owner knows it. */
export interface OwnService {
  readonly name: string
  readonly seq: number
  readonly epoch: number
  readonly acknowledged: number
  readonly replicas: number
}

/** What one node knows of the network and of itself. */
export interface NodeView {
  /** By peer id. */
  readonly members: readonly SeenMember[]
  /** Shards that it is responsible for, and in how many of them it is complete. */
  readonly shards: { readonly held: number; readonly ready: number }
  /** By name. */
  readonly services: readonly OwnService[]
}

/** What one node keeps of a shard: how many records, and a fingerprint over their signed bytes. */
export interface Copies {
  readonly ready: boolean
  readonly count: number
  readonly fingerprint: string
}

/** What a query finds. */
export interface Found {
  readonly matches: readonly {
    readonly name: string
    readonly owner: string
    readonly attributes: unknown
    readonly endpoints: readonly string[]
  }[]
  readonly partial: boolean
}

/** Messages that the nodes which run now have sent since they started, by protocol id, and when that was counted. */
export interface MessageCount {
  readonly atMs: number
  readonly sent: Readonly<Record<string, number>>
}

/** A network that a script can be performed on: of real processes, or simulated. Nodes go by number. */
export interface ScriptedNetwork {
  /** The nodes that run, by number. */
  readonly running: readonly number[]
  readonly nowMs: number
  peerOf(node: number): PeerId
  start(node: number, through: readonly number[]): Promise<void>
  /** Ends the process without a word. */
  kill(node: number): Promise<void>
  stop(node: number): Promise<void>
  leave(node: number): Promise<void>
  register(node: number, services: readonly PlainService[]): Promise<void>
  remove(node: number, name: string): Promise<void>
  query(node: number, expression: string): Promise<Found>
  view(node: number): Promise<NodeView>
  copies(node: number, shard: Shard): Promise<Copies>
  /** Requests and replies of Cloudpeer's own protocols. */
  messages(): Promise<MessageCount>
  /** Lets time pass. */
  pass(durationMs: number): Promise<void>
  /** Ends everything. */
  end(): Promise<void>
}

/** What names a network and its nodes, so that it can be there twice. */
export interface Identities {
  readonly descriptor: { readonly body: Uint8Array; readonly signature: Uint8Array }
  /** The seed of a node's Ed25519 key. */
  keySeed(node: number): Uint8Array
  peerOf(node: number): PeerId
}

/** Matches that one query asks for: more than there are. */
export const matchesMax = 1000
