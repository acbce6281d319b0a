import { isCloudError, type PeerId } from '@cloudpeer/core'
import type { CompiledQueries } from '@cloudpeer/model'
import type { Overlay } from '@cloudpeer/overlay'
import { type CellMatchers, cellsOfRequest, type Space, type SplitTrees } from '../cells/index.ts'
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
  readonly overlay: Pick<Overlay, 'state'>
  readonly cellMatchers: Pick<CellMatchers, 'of'>
  readonly queries: CompiledQueries
  readonly space: () => Space
  readonly trees: SplitTrees
}

/** Where the requests of one node wait, by the present schema and directory. */
export function createMatchersOf({ overlay, cellMatchers, queries, space, trees }: MatchersOfParts): MatchersOf {
  function cell(text: string): readonly PeerId[] {
    return overlay.state === 'joined' ? cellMatchers.of(text) : []
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
