import type { Amounts, Query } from '@cloudpeer/model'
import { requestCellsMax } from '../protocols/match.ts'
import { cellsCovering } from './covering.ts'
import { regionOf } from './region.ts'
import type { Space } from './space.ts'
import type { SplitTrees } from './split-tree.ts'

/** What of a request says where it waits. */
export interface PlacedRequest {
  /** Its expression, compiled. */
  readonly query: Pick<Query, 'terms'>
  readonly amounts: Amounts
  readonly gang: boolean
}

/**
 * The cells in which a request waits, as text. A gang waits in one: only a matcher that knows all its owners can place all its units or none.
 * None for an expression that is false everywhere.
 */
export function cellsOfRequest(space: Space, { query, amounts, gang }: PlacedRequest, trees: SplitTrees): readonly string[] {
  return cellsCovering(space, regionOf(space, query, amounts), trees, gang ? 1 : requestCellsMax)
}
