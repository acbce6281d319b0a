import { CloudError, type Log, type PeerId, type Scope, Semaphore } from '@cloudpeer/core'
import type { Schema } from '@cloudpeer/model'
import type { Overlay } from '@cloudpeer/overlay'
import type { Transport } from '@cloudpeer/transport'
import { allBaseCells, baseCellsBelow, gridOf, parseCell, type Space } from '../cells/index.ts'
import type { CapacityRequest } from '../documents/request.ts'
import type { Verified } from '../documents/signed-document.ts'
import { censusProtocol } from '../protocols/match.ts'
import type { Waiting } from '../provisioning.ts'
import type { MatchersOf } from './matchers-of.ts'
import { type Counted, waitingFrom } from './waiting-from.ts'

/** What a census works with. */
export interface CensusParts {
  readonly transport: Transport
  readonly overlay: Overlay
  readonly matchersOf: MatchersOf
  readonly space: () => Space
  readonly schema: () => Schema
  readonly scope: Scope
  readonly log: Log
}

/** Asks the matchers of the base cells what their offers have for a request. */
export interface Census {
  /** Over all base cells. CANCELLED. */
  all(request: Verified<CapacityRequest>, signal?: AbortSignal): Promise<Waiting>
  /** Over those in which an owner could be that satisfies the request: the others have none. CANCELLED. */
  own(request: Verified<CapacityRequest>, signal?: AbortSignal): Promise<Waiting>
}

/** Questions under way at once. */
const askedAtOnceMax = 16

/** Each base cell is asked at its first matcher that is there, and at the next where that one does not answer. */
export function createCensus({ transport, overlay, matchersOf, space, schema, scope, log }: CensusParts): Census {
  const asking = new Semaphore('questions of a census', askedAtOnceMax, Number.MAX_SAFE_INTEGER)

  /** By the matcher to be asked next, those in doubt last; cells that have no other matcher are with nobody. */
  function byMatcher(cells: readonly string[], tier: number): ReadonlyMap<PeerId | undefined, readonly string[]> {
    return Map.groupBy(cells, (cell) => {
      const matchers = matchersOf.cell(cell)
      const isAlive = (peer: PeerId): boolean => overlay.member(peer)?.state === 'ALIVE'
      return [...matchers.filter(isAlive), ...matchers.filter((peer) => !isAlive(peer))][tier]
    })
  }

  /** The counts of some cells, and whether they are all. */
  async function count(request: Verified<CapacityRequest>, cells: readonly string[], tier: number, signal: AbortSignal): Promise<Counted> {
    const groups = [...byMatcher(cells, tier)]
    const found = await Promise.all(groups.map(([peer, group]) => (peer === undefined ? nothing : ask(request, peer, group, tier, signal))))
    const answered = found.filter((each) => each.asked === each.answered).length
    return { asked: groups.length, answered, counts: found.flatMap(({ counts }) => counts) }
  }

  async function ask(
    request: Verified<CapacityRequest>,
    peer: PeerId,
    cells: readonly string[],
    tier: number,
    signal: AbortSignal
  ): Promise<Counted> {
    try {
      const counts = await asking.run(() => transport.request(peer, censusProtocol, { request: request.signed, cells }, { signal }))
      return { asked: 1, answered: 1, counts: [counts] }
    } catch (error) {
      if (!(error instanceof CloudError) || signal.aborted) throw error
      log.debug('a matcher does not tell what there is', { peer, code: error.code })
      return count(request, cells, tier + 1, signal)
    }
  }

  async function census(request: Verified<CapacityRequest>, cells: readonly string[], given: AbortSignal | undefined): Promise<Waiting> {
    const signal = given === undefined ? scope.signal : AbortSignal.any([given, scope.signal])
    return waitingFrom(await count(request, cells, 0, signal), request.document, schema())
  }

  return {
    all: (request, signal) => census(request, allBaseCells(space().axes.length), signal),
    own(request, signal) {
      const { axes } = space()
      const grid = new Set(matchersOf.cells(request.document).map(gridOf))
      const below = [...grid].flatMap((cell) => {
        const parsed = parseCell(cell, axes.length)
        return parsed === undefined ? [] : baseCellsBelow(parsed)
      })
      return census(request, [...new Set(below)], signal)
    }
  }
}

/** Cells whose matchers have all been asked in vain. */
const nothing: Counted = { asked: 1, answered: 0, counts: [] }
