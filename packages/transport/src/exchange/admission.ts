import { CloudError, type PeerId, TokenBucket } from '@cloudpeer/core'
import type { Protocol } from '../port/protocol.ts'

/** The most requests of one peer that are being answered at a time. */
const servedPerPeerMax = 256

/** What a peer with too many requests in flight is told to wait, in ms. */
const busyRetryAfterMs = 100

/** The most peers whose rate is remembered for one protocol; the one that was met first is forgotten for a new one. */
const bucketsPerProtocolMax = 8192

/** Decides whether a request is taken: by its protocol's rate, and by how many of the peer's are in flight. */
export class Admission {
  readonly #self: PeerId
  readonly #inFlight = new Map<PeerId, number>()
  readonly #buckets = new Map<string, Map<PeerId, TokenBucket>>()

  constructor(self: PeerId) {
    this.#self = self
  }

  /** Takes one request in; BUSY, with `retryAfterMs`, if it is one too many. Each one taken must be released. */
  admit(peer: PeerId, protocol: Protocol, nowMs: number): void {
    const inFlight = this.#inFlight.get(peer) ?? 0
    const waitMs = inFlight < servedPerPeerMax ? this.#bucket(peer, protocol, nowMs).take(nowMs) : busyRetryAfterMs
    if (waitMs > 0) {
      throw new CloudError('BUSY', { peer: this.#self, protocol: protocol.id, retryAfterMs: Math.ceil(waitMs) })
    }
    this.#inFlight.set(peer, inFlight + 1)
  }

  /** Lets go of a request that {@link admit} took. */
  release(peer: PeerId): void {
    const inFlight = this.#inFlight.get(peer) ?? 0
    if (inFlight > 1) this.#inFlight.set(peer, inFlight - 1)
    else this.#inFlight.delete(peer)
  }

  #bucket(peer: PeerId, protocol: Protocol, nowMs: number): TokenBucket {
    const buckets = this.#buckets.get(protocol.id) ?? new Map<PeerId, TokenBucket>()
    const known = buckets.get(peer)
    if (known) return known
    if (buckets.size >= bucketsPerProtocolMax) buckets.delete(buckets.keys().next().value as PeerId)
    const bucket = new TokenBucket(protocol.rate, nowMs)
    this.#buckets.set(protocol.id, buckets.set(peer, bucket))
    return bucket
  }
}
