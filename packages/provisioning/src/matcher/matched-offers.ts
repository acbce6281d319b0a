import { type Clock, CloudError, isCloudError, type PeerId } from '@cloudpeer/core'
import type { Overlay } from '@cloudpeer/overlay'
import type { Documents } from '../documents/documents.ts'
import type { Offer } from '../documents/offer.ts'
import type { Signed, Verified } from '../documents/signed-document.ts'
import type { Matching } from '../matching/index.ts'
import type { KeptOffer, OfferBook } from './offer-book.ts'

/** What taking offers works with. */
export interface MatchedOffersParts {
  readonly clock: Clock
  readonly overlay: Overlay
  readonly documents: Documents
  readonly offers: OfferBook
  readonly matching: Matching
  /** Whether offers of a base cell are of use to this node. */
  readonly isWanted: (cell: string) => boolean
  /** Told of offers of this node, which an earlier process of it may have written. */
  readonly heardOwn: (offer: Offer) => void
}

/** The offers that this node matches. */
export interface MatchedOffers {
  /** Opens an offer that somebody claims to have written: MALFORMED, INVALID, DOCUMENT_*. */
  opened(signed: Signed, from: PeerId): Verified<Offer>
  /** Takes an offer for as long as it lasts, or `leftMs` if that is shorter. NOT_MATCHER, INVALID, OVERLOADED. */
  take(offer: Verified<Offer>, leftMs?: number): void
  /** The same for offers that another matcher has, as far as they are good. */
  takeOver(offers: readonly Signed[], leftMs: readonly number[]): void
  /** Whether an owner is there, in the life in which it offered. */
  isPresent(owner: PeerId): boolean
  /** The directory or the cells have changed. */
  review(): void
  /** The space has changed: offers are elsewhere in it. */
  replace(): void
  /** Forgets offers that were not heard of for too long. */
  sweep(): void
}

/** Keeps the newest offer of each owner, and the matching informed. */
export function createMatchedOffers({
  clock,
  overlay,
  documents,
  offers,
  matching,
  isWanted,
  heardOwn
}: MatchedOffersParts): MatchedOffers {
  /** Owners whose offers did not count when it was last looked. */
  let absent = new Set<PeerId>()

  function isPresent(owner: PeerId): boolean {
    const offer = offers.get(owner)
    const member = overlay.member(owner)
    if (offer === undefined || offer.untilMs <= clock.now()) return false
    return (member?.state === 'ALIVE' || member?.state === 'SUSPECT') && member.epoch <= offer.document.epoch
  }

  function drop(owner: PeerId): void {
    offers.drop(owner)
    matching.forget(owner)
  }

  function take(verified: Verified<Offer>, leftMs = Number.POSITIVE_INFINITY): void {
    const { document } = verified
    const now = clock.now()
    if (document.owner === overlay.self) heardOwn(document)
    const offer = offers.place(verified, now + Math.min(document.ttlMs, leftMs))
    if (!isWanted(offer.cell)) {
      // Its owner has moved to another cell, and tells those of the old one.
      if (isNewer(offer, offers.get(document.owner))) drop(document.owner)
      throw new CloudError('NOT_MATCHER', { cell: offer.cell })
    }
    const wasPresent = isPresent(document.owner)
    if (!offers.take(offer)) return
    matching.offer(document, now)
    if (!isPresent(document.owner)) absent.add(document.owner)
    else if (!wasPresent) matching.touch(document.owner)
  }

  return {
    opened(signed, from) {
      const offer = documents.offers.open(signed)
      if (offer.document.owner !== from) throw new CloudError('DOCUMENT_FORGED', { kind: 'offer', writer: from })
      return offer
    },
    take,
    takeOver(signed, leftMs) {
      signed.forEach((each, index) => {
        try {
          take(documents.offers.open(each), leftMs[index])
        } catch (error) {
          if (!isCloudError(error)) throw error
        }
      })
    },
    isPresent,
    review() {
      for (const { cell, document } of [...offers.all()]) if (!isWanted(cell)) drop(document.owner)
      const owners = [...offers.all()].map(({ document }) => document.owner)
      for (const owner of absent) if (isPresent(owner)) matching.touch(owner)
      absent = new Set(owners.filter((owner) => !isPresent(owner)))
    },
    replace() {
      for (const owner of offers.replace()) matching.forget(owner)
    },
    sweep() {
      for (const { document, untilMs } of [...offers.all()]) if (untilMs <= clock.now()) drop(document.owner)
    }
  }
}

function isNewer({ document: a }: KeptOffer, known: KeptOffer | undefined): boolean {
  return known !== undefined && (a.epoch - known.document.epoch || a.seq - known.document.seq) > 0
}
