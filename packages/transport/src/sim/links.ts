import { assert, type PeerId, type Random } from '@cloudpeer/core'

/** TCP's first retransmission time-out on a link without history, in ms (RFC 6298 names 1 s; Linux uses 200 ms). */
const retransmissionMs = 200

/** Most times that one message is sent again: Linux gives up after 15 (tcp_retries2). */
const retransmissionsMax = 15

/** What links do to messages. */
export interface Links {
  /** Time of one message on its way, in ms, retransmissions included. */
  delayMs(from: PeerId, to: PeerId): number
  /** One message's way there without losses, in ms: what a handshake is made of. */
  latencyMs(from: PeerId, to: PeerId): number
  isBlocked(from: PeerId, to: PeerId): boolean
  block(from: PeerId, to: PeerId): void
  unblock(from: PeerId, to: PeerId): void
  /** The ways blocked now, in the order in which they were blocked. */
  blocked(): readonly (readonly [PeerId, PeerId])[]
  setLossShare(from: PeerId, to: PeerId, share: number): void
  setSlowness(peer: PeerId, delayMs: number): void
}

/** How links behave until told otherwise. */
export interface LinksInit {
  readonly random: Random
  readonly latencyMs: (from: PeerId, to: PeerId) => number
  readonly lossShare: number
}

/** Links between any two peers, each way for itself. */
export function createLinks({ random, latencyMs, lossShare }: LinksInit): Links {
  const blocked = new Map<string, readonly [PeerId, PeerId]>()
  const lossShares = new Map<string, number>()
  const slowness = new Map<PeerId, number>()
  assertShare(lossShare)

  function wayMs(from: PeerId, to: PeerId): number {
    const slowMs = slowness.size === 0 ? 0 : (slowness.get(from) ?? 0) + (slowness.get(to) ?? 0)
    return latencyMs(from, to) + slowMs
  }

  function lossOf(from: PeerId, to: PeerId): number {
    return lossShares.size === 0 ? lossShare : (lossShares.get(link(from, to)) ?? lossShare)
  }

  return {
    latencyMs: wayMs,
    delayMs: (from, to) => wayMs(from, to) + retransmissionDelayMs(random, lossOf(from, to)),
    isBlocked: (from, to) => blocked.size > 0 && blocked.has(link(from, to)),
    block: (from, to) => void blocked.set(link(from, to), [from, to]),
    unblock: (from, to) => void blocked.delete(link(from, to)),
    blocked: () => [...blocked.values()],
    setLossShare(from, to, share) {
      assertShare(share)
      lossShares.set(link(from, to), share)
    },
    setSlowness: (peer, delayMs) => void slowness.set(peer, delayMs)
  }
}

/** A lost message is a late one: TCP sends it again after a time that doubles with each loss (RFC 6298, section 5.5). */
function retransmissionDelayMs(random: Random, share: number): number {
  let delayMs = 0
  for (let attempt = 0; share > 0 && attempt < retransmissionsMax && random.next() < share; attempt++) {
    delayMs += retransmissionMs * 2 ** attempt
  }
  return delayMs
}

function link(from: PeerId, to: PeerId): string {
  return `${from}>${to}`
}

function assertShare(share: number): void {
  assert(share >= 0 && share < 1, `a loss share of ${share}`)
}
