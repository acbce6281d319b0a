import type { PeerId } from '@cloudpeer/core'
import { type Shard, shardId } from '../shard/shard.ts'

/** A shard that this node is responsible for. */
export interface HeldShard {
  readonly shard: Shard
  /** Whether this node has everything that was acknowledged in it: only then it answers and its copies count. */
  ready: boolean
}

/** The shards that this node is responsible for, as a function of the network's shards and members. */
export class HeldShards {
  readonly #self: PeerId
  readonly #held = new Map<string, HeldShard>()
  #frozen = false

  constructor(self: PeerId) {
    this.#self = self
  }

  get size(): number {
    return this.#held.size
  }

  /** How many of them are complete. */
  get ready(): number {
    return [...this.#held.values()].filter(({ ready }) => ready).length
  }

  get(shard: Shard): HeldShard | undefined {
    return this.#held.get(shardId(shard))
  }

  isReady(shard: Shard): boolean {
    return this.#held.get(shardId(shard))?.ready ?? false
  }

  /** Ids of those shards for which this node's copies do not count: it is not complete in them, or not responsible. */
  unready(shards: readonly Shard[]): string[] {
    return shards.filter((shard) => this.#frozen || !this.isReady(shard)).map(shardId)
  }

  /** This node hands over what it holds: it goes on answering, and nothing comes to it or counts here any more. */
  freeze(): void {
    this.#frozen = true
  }

  /** This node can keep nothing any more: it is complete in nothing, and stays so. */
  fail(): void {
    this.#frozen = true
    for (const [id, { shard }] of this.#held) this.#held.set(id, { shard, ready: false })
  }

  /** Forgets that this node holds these shards: the next update finds that they have come to it, and must be completed. */
  drop(shards: readonly Shard[]): void {
    if (this.#frozen) return
    for (const shard of shards) this.#held.delete(shardId(shard))
  }

  /** Compares with what the directory says now; returns the shards that have come to this node. */
  update(shards: readonly Shard[], responsible: (shard: Shard) => readonly PeerId[]): readonly HeldShard[] {
    if (this.#frozen) return []
    const mine = new Map(shards.filter((shard) => responsible(shard).includes(this.#self)).map((shard) => [shardId(shard), shard]))
    for (const id of this.#held.keys()) if (!mine.has(id)) this.#held.delete(id)
    const gained: HeldShard[] = []
    for (const [id, shard] of mine) {
      if (this.#held.has(id)) continue
      const held = { shard, ready: false }
      this.#held.set(id, held)
      gained.push(held)
    }
    return gained
  }
}
