import { isCloudError, type PeerId } from '@cloudpeer/core'
import type { CompiledQueries } from '@cloudpeer/model'
import type { Overlay } from '@cloudpeer/overlay'
import { cellKey, cellsOfRequest, type Space, type SplitTrees } from '../cells/index.ts'
import type { CapacityRequest } from '../documents/request.ts'

/** A cell in which a request waits, and its place among all of them. */
export type RankedCell = readonly [cell: string, rank: number]

/** Where requests wait, and who matches them there. */
export interface MatchersOf {
  /** The cells of a request; none where its expression contradicts itself, or does not compile under the present schema. */
  cells(request: CapacityRequest): readonly string[]
  /** The matchers of a cell, in order, by the present directory; none before the join, when nothing is known of the others. */
  cell(cell: string): readonly PeerId[]
  /** The matchers of some cells, with the cells of each. */
  nodes(cells: readonly string[]): ReadonlyMap<PeerId, readonly RankedCell[]>
}

/** What it works with. */
export interface MatchersOfParts {
  readonly network: string
  readonly overlay: Overlay
  readonly queries: CompiledQueries
  readonly space: () => Space
  readonly trees: SplitTrees
  /** Matchers of a cell. */
  readonly matchers: number
}

/** Remembers the matchers of each cell for as long as the directory's servers stay the same. */
export function createMatchersOf({ network, overlay, queries, space, trees, matchers }: MatchersOfParts): MatchersOf {
  const known = new Map<string, readonly PeerId[]>()
  let servers: readonly PeerId[] = []

  function cell(text: string): readonly PeerId[] {
    if (overlay.state !== 'joined') return []
    if (overlay.servers() !== servers) known.clear()
    servers = overlay.servers()
    const found = known.get(text) ?? overlay.responsible(cellKey(network, text), matchers)
    known.set(text, found)
    return found
  }

  return {
    cells({ expression, ...request }) {
      try {
        return cellsOfRequest(space(), { query: queries.compile(expression), ...request }, trees)
      } catch (error) {
        // The schema has changed since the expression was checked.
        if (!isCloudError(error)) throw error
        return []
      }
    },
    cell,
    nodes(cells) {
      const nodes = new Map<PeerId, RankedCell[]>()
      for (const [rank, text] of cells.entries())
        for (const peer of cell(text)) {
          const ranked = nodes.get(peer)
          if (ranked === undefined) nodes.set(peer, [[text, rank]])
          else ranked.push([text, rank])
        }
      return nodes
    }
  }
}
