import type { PeerId } from '@cloudpeer/core'
import type { Overlay } from '@cloudpeer/overlay'
import { cellKey } from '../cells/index.ts'

/** How many places beyond a cell's matchers a node still serves it: two directories may differ by as many members. */
const placesBeyond = 2

/** Which cells this node matches, by the directory. */
export interface Duties {
  readonly self: PeerId
  /** The matchers of a cell, in order. */
  matchers(cell: string): readonly PeerId[]
  /** Whether this node is one of them. */
  isMatcher(cell: string): boolean
  /** Whether a node is one of them, or nearly. */
  mayMatch(cell: string, peer: PeerId): boolean
  /** Whether this node proposes: it is the first of them that is ALIVE. */
  isActing(cell: string): boolean
}

/** Remembers the matchers of each cell for as long as the directory's servers stay the same. */
export function createDuties(network: string, overlay: Overlay, matchersMax: number): Duties {
  const known = new Map<string, readonly PeerId[]>()
  let servers: readonly PeerId[] = []

  function near(cell: string): readonly PeerId[] {
    const now = overlay.servers()
    if (now !== servers) known.clear()
    servers = now
    const found = known.get(cell) ?? overlay.responsible(cellKey(network, cell), matchersMax + placesBeyond)
    known.set(cell, found)
    return found
  }

  const matchers = (cell: string): readonly PeerId[] => near(cell).slice(0, matchersMax)
  return {
    self: overlay.self,
    matchers,
    isMatcher: (cell) => matchers(cell).includes(overlay.self),
    mayMatch: (cell, peer) => near(cell).includes(peer),
    isActing: (cell) => matchers(cell).find((peer) => overlay.member(peer)?.state === 'ALIVE') === overlay.self
  }
}
