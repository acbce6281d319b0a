import { backoffMs, type Clock, CloudError, type Log, type PeerId, type Random, type Scope, sleep } from '@cloudpeer/core'
import type { ReplyOf, Transport } from '@cloudpeer/transport'
import { offersProtocol } from '../protocols/match.ts'
import type { Duties } from './duties.ts'

/** How the matchers of a cell are asked again where none answers. */
const waits = { firstMs: 250, maxMs: 4_000, attemptsMax: 6 }
/** Pages that one matcher may send for one question. */
const pagesMax = 128

/** What a fetcher works with. */
export interface FetcherParts {
  readonly clock: Clock
  readonly random: Random
  readonly transport: Transport
  readonly duties: Duties
  readonly scope: Scope
  readonly log: Log
  /** Takes a page of offers and split trees from a matcher. */
  readonly take: (page: ReplyOf<typeof offersProtocol>, from: PeerId) => void
}

/** Takes over, in the background, what the matchers of some base cells know: at one that answers and has any, or else at all of them. */
export function createOfferFetcher({
  clock,
  random,
  transport,
  duties,
  scope,
  log,
  take
}: FetcherParts): (cells: readonly string[]) => void {
  async function fetchAll(cells: readonly string[], signal: AbortSignal): Promise<void> {
    let left = cells
    for (let attempt = 1; left.length > 0 && attempt <= waits.attemptsMax; attempt++) {
      if (attempt > 1) await sleep(clock, backoffMs(waits, attempt, random), signal)
      left = await fetchOnce(left, signal)
    }
    if (left.length > 0) log.debug('no matcher told its offers', { cells: left.length })
  }

  /** Asks the matchers of each cell one after the other. Returns the cells of which none answered. */
  async function fetchOnce(cells: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
    const silent = new Set(cells)
    const empty = new Set(cells)
    const othersOf = new Map(cells.map((cell) => [cell, duties.matchers(cell).filter((peer) => peer !== transport.self)]))
    const rounds = Math.max(0, ...[...othersOf.values()].map((others) => others.length))
    for (let round = 0; round < rounds; round++) {
      const groups = Map.groupBy(empty, (cell) => othersOf.get(cell)?.[round])
      for (const [peer, group] of groups) if (peer !== undefined) await ask(peer, group, { silent, empty }, signal)
    }
    return [...silent].filter((cell) => (othersOf.get(cell)?.length ?? 0) > 0)
  }

  async function ask(
    peer: PeerId,
    cells: readonly string[],
    { silent, empty }: { readonly silent: Set<string>; readonly empty: Set<string> },
    signal: AbortSignal
  ): Promise<void> {
    try {
      const found = await pages(peer, cells, signal)
      for (const cell of cells) {
        silent.delete(cell)
        if (found) empty.delete(cell)
      }
    } catch (error) {
      if (!(error instanceof CloudError) || signal.aborted) throw error
      log.debug('a matcher does not tell its offers', { peer, code: error.code })
    }
  }

  /** Whether there were any offers. */
  async function pages(peer: PeerId, cells: readonly string[], signal: AbortSignal): Promise<boolean> {
    let after: PeerId | undefined
    for (let count = 0; count < pagesMax; count++) {
      const page = await transport.request(peer, offersProtocol, { cells, ...(after !== undefined && { after }) }, { signal })
      take(page, peer)
      after = page.next as PeerId | undefined
      if (after === undefined) return count > 0 || page.offers.length > 0
    }
    return true
  }

  return (cells) => {
    if (cells.length > 0) scope.spawn('taking over offers', (signal) => fetchAll(cells, signal))
  }
}
