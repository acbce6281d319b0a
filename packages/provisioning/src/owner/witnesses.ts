import { isCloudError, type PeerId } from '@cloudpeer/core'
import type { Overlay } from '@cloudpeer/overlay'
import type { Transport } from '@cloudpeer/transport'
import type { CellMatchers } from '../cells/index.ts'
import type { Documents } from '../documents/documents.ts'
import type { Offer } from '../documents/offer.ts'
import { offersProtocol } from '../protocols/match.ts'

/** What asking witnesses needs. */
export interface WitnessParts {
  readonly transport: Transport
  readonly overlay: Pick<Overlay, 'state'>
  readonly cellMatchers: Pick<CellMatchers, 'of'>
  readonly documents: Documents
  /** The owner's base cell; undefined while it offers nothing. */
  readonly cell: () => string | undefined
  /** For how long a witness has to have kept the cell for its silence to mean something, in ms: everything offered meanwhile it has heard. */
  readonly longMs: number
}

/**
 * What a majority of the other matchers can tell of an owner: `all` they would know, or `little`, having come too lately; `nothing` where none
 * has answered. Where there are no others there is nobody who could know more.
 */
export type Testimony = 'all' | 'little' | 'nothing'

/** The other matchers of an owner's cell, who may have heard of offers that its disk has lost. */
export interface Witnesses {
  /** Asks those that did not know all when they answered last, and tells each offer of this owner that they have. It is signed by the owner itself. */
  ask(told: (offer: Offer) => void, signal: AbortSignal): Promise<Testimony>
}

/** The witnesses of one start of an owner. Before the join, and without a cell, there are none. */
export function createWitnesses(parts: WitnessParts): Witnesses {
  const { transport, overlay, cellMatchers, documents, cell, longMs } = parts
  const { self } = transport
  /** Of whoever has answered: whether it would know. */
  const answered = new Map<PeerId, boolean>()

  /** Whoever does not answer, or not with what this owner has signed, is asked again. */
  async function askOne(witness: PeerId, base: string, told: (offer: Offer) => void, signal: AbortSignal): Promise<void> {
    try {
      const { offers, keptMs } = await transport.request(witness, offersProtocol, { cells: [base], owner: self }, { signal })
      const own = offers.map((signed) => documents.offers.open(signed).document).filter(({ owner }) => owner === self)
      own.forEach(told)
      answered.set(witness, own.length > 0 || keptMs >= longMs)
    } catch (error) {
      if (!isCloudError(error)) throw error
    }
  }

  return {
    async ask(told, signal) {
      const base = overlay.state === 'joined' ? cell() : undefined
      if (base === undefined) return 'nothing'
      const others = cellMatchers.of(base).filter((matcher) => matcher !== self)
      const asked = others.filter((witness) => answered.get(witness) !== true)
      await Promise.all(asked.map((witness) => askOne(witness, base, told, signal)))
      const isMajority = (count: number): boolean => others.length === 0 || count > others.length / 2
      if (isMajority(others.filter((witness) => answered.get(witness) === true).length)) return 'all'
      return isMajority(others.filter((witness) => answered.has(witness)).length) ? 'little' : 'nothing'
    }
  }
}
