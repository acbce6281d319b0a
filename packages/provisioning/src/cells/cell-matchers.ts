import type { PeerId } from '@cloudpeer/core'
import type { Overlay } from '@cloudpeer/overlay'
import { cellKey } from './cell.ts'

/** How many places beyond a cell's matchers a node still serves it: two directories may differ by as many members. */
const placesBeyond = 2
/** Cells whose matchers are remembered; beyond, all are looked up anew. */
const cellsKnownMax = 8_192

/** Who matches which cell by the present directory: the one definition that owners, matchers and requesters share. */
export interface CellMatchers {
  /** The matchers of a cell, in order. Before the join the directory is not complete, and so are they not. */
  of(cell: string): readonly PeerId[]
  /** Whether a node is one of them, or nearly. */
  mayMatch(cell: string, peer: PeerId): boolean
}

/** What it asks the overlay. */
export type MatchersOverlay = Pick<Overlay, 'serversVersion' | 'responsible'>

interface Known {
  readonly matchers: readonly PeerId[]
  /** The matchers, and those who come next. */
  readonly near: readonly PeerId[]
}

/** The first `matchersMax` nodes that the overlay calls responsible for a cell, remembered for as long as the directory's servers stay the same. */
export function createCellMatchers(network: string, overlay: MatchersOverlay, matchersMax: number): CellMatchers {
  const cells = new Map<string, Known>()
  let version: number | undefined

  function known(cell: string): Known {
    if (overlay.serversVersion !== version) cells.clear()
    version = overlay.serversVersion
    return cells.get(cell) ?? lookUp(cell)
  }

  function lookUp(cell: string): Known {
    const near = overlay.responsible(cellKey(network, cell), matchersMax + placesBeyond)
    const found = { matchers: near.slice(0, matchersMax), near }
    if (cells.size >= cellsKnownMax) cells.clear()
    cells.set(cell, found)
    return found
  }

  return {
    of: (cell) => known(cell).matchers,
    mayMatch: (cell, peer) => known(cell).near.includes(peer)
  }
}
