import { CloudError, isCloudError, type PeerId } from '@cloudpeer/core'
import { baseCellAt, type Point, pointOf, type Space } from '../cells/index.ts'
import type { Offer } from '../documents/offer.ts'
import type { Verified } from '../documents/signed-document.ts'
import { compareWords } from '../matching/index.ts'

/** An offer that a matcher keeps. */
export interface KeptOffer extends Verified<Offer> {
  readonly point: Point
  /** The base cell that it is in. */
  readonly cell: string
  /** Until when it is kept without hearing of it, on this node's clock. */
  readonly untilMs: number
  /** An earlier one, after which its owner seemed to have granted less: it may have lost its memory, and ask for it. */
  readonly lost: KeptOffer | undefined
}

/** The newest offer of each owner, with where it is. */
export class OfferBook {
  readonly #space: () => Space
  readonly #offersMax: number
  readonly #offers = new Map<PeerId, KeptOffer>()

  constructor(space: () => Space, offersMax: number) {
    this.#space = space
    this.#offersMax = offersMax
  }

  get size(): number {
    return this.#offers.size
  }

  get(owner: PeerId): KeptOffer | undefined {
    return this.#offers.get(owner)
  }

  all(): Iterable<KeptOffer> {
    return this.#offers.values()
  }

  /** Where an offer is. INVALID if it has several values of a dimension. */
  place({ document, signed }: Verified<Offer>, untilMs: number): KeptOffer {
    const point = pointOf(this.#space(), document)
    return { document, signed, point, cell: baseCellAt(point), untilMs, lost: undefined }
  }

  /** Keeps an offer; false where a newer one is kept, or this one for longer. OVERLOADED beyond the bound. */
  take(offer: KeptOffer): boolean {
    const { owner } = offer.document
    const known = this.#offers.get(owner)
    if (known !== undefined) {
      const order = compareWords(offer.document, known.document)
      if (order < 0 || (order === 0 && offer.untilMs <= known.untilMs)) return false
    } else if (this.#offers.size >= this.#offersMax) {
      throw new CloudError('OVERLOADED', { limit: 'offersMax', max: this.#offersMax })
    }
    this.#offers.set(owner, { ...offer, lost: lostBy(offer, known) })
    return true
  }

  drop(owner: PeerId): void {
    this.#offers.delete(owner)
  }

  /** Places all offers anew, as the space has changed; returns the owners whose offers have no place in it. */
  replace(): readonly PeerId[] {
    const lost: PeerId[] = []
    for (const [owner, offer] of this.#offers) {
      try {
        this.#offers.set(owner, { ...this.place(offer, offer.untilMs), lost: offer.lost })
      } catch (error) {
        if (!isCloudError(error)) throw error
        lost.push(owner)
      }
    }
    for (const owner of lost) this.#offers.delete(owner)
    return lost
  }
}

function lostBy({ document: { granted } }: KeptOffer, known: KeptOffer | undefined): KeptOffer | undefined {
  return known !== undefined && known.document.granted > granted ? { ...known, lost: undefined } : known?.lost
}
