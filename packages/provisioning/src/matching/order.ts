import { compareText } from '@cloudpeer/core'
import type { Waiting } from './demand.ts'
import type { Shares } from './shares.ts'

/** What decides whose turn it is. */
export interface Rank {
  /** Its priority, one higher for each `agingMs` that it has waited, so that nothing starves. */
  readonly level: number
  /** What its requester has already. */
  readonly share: number
  readonly waiting: Waiting
}

/** The rank of a waiting request now. */
export function rankOf(waiting: Waiting, shares: Shares, agingMs: number, now: number): Rank {
  const { priority, arrivedAt, requester } = waiting.demand
  return { level: priority + Math.floor(Math.max(0, now - arrivedAt) / agingMs), share: shares.of(requester), waiting }
}

/** Negative if `a` goes first: by level, then by what its requester has already, then by arrival. */
export function compareRanks(a: Rank, b: Rank): number {
  return b.level - a.level || a.share - b.share || compareArrivals(a.waiting, b.waiting)
}

function compareArrivals({ demand: a }: Waiting, { demand: b }: Waiting): number {
  return a.arrivedAt - b.arrivedAt || compareText(a.key, b.key)
}
