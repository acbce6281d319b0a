import type { PeerId } from '@cloudpeer/core'
import type { Overlay } from '@cloudpeer/overlay'
import type { CellMatchers } from '../cells/index.ts'

/** Which cells this node matches, by the directory. */
export interface Duties {
  readonly self: PeerId
  /** The matchers of a cell, in order. */
  matchers(cell: string): readonly PeerId[]
  /** Whether this node is one of them. */
  isMatcher(cell: string): boolean
  /** Whether a node is one of them, or nearly. */
  mayMatch(cell: string, peer: PeerId): boolean
  /** The one of them that proposes: the first that is ALIVE. */
  acting(cell: string): PeerId | undefined
  /** Whether that is this node. */
  isActing(cell: string): boolean
}

/** The duties of one node among the matchers of all cells. */
export function createDuties(overlay: Pick<Overlay, 'self' | 'member'>, { of: matchers, mayMatch }: CellMatchers): Duties {
  const { self } = overlay
  const acting = (cell: string): PeerId | undefined => matchers(cell).find((peer) => overlay.member(peer)?.state === 'ALIVE')
  return {
    self,
    matchers,
    mayMatch,
    isMatcher: (cell) => matchers(cell).includes(self),
    acting,
    isActing: (cell) => acting(cell) === self
  }
}
