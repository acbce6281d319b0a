import { type Clock, isCloudError, jittered, type PeerId, type Random, type Scope, type Timer } from '@cloudpeer/core'
import type { Overlay } from '@cloudpeer/overlay'
import type { Transport } from '@cloudpeer/transport'
import type { CellMatchers } from '../cells/index.ts'
import type { Documents } from '../documents/documents.ts'
import { type Offer, ttlMsMax } from '../documents/offer.ts'
import type { Signed } from '../documents/signed-document.ts'
import type { ProvisioningOptions } from '../options.ts'
import { offerProtocol } from '../protocols/match.ts'
import { cellTopic, encodeCellMessage } from '../protocols/topic.ts'

/** How many times as long an offer lasts, at most, of which nothing changes. */
const restingMax = 8

/** How long an offer lasts that has not changed for long, in ms: the next one comes after a third of it. */
export function restingTtlMs({ offerTtlMs }: Pick<ProvisioningOptions, 'offerTtlMs'>): number {
  return Math.min(ttlMsMax, restingMax * offerTtlMs)
}

/** What publishing offers needs. */
export interface PublisherParts {
  readonly clock: Clock
  readonly random: Random
  readonly transport: Transport
  readonly overlay: Pick<Overlay, 'state' | 'member'>
  readonly cellMatchers: Pick<CellMatchers, 'of'>
  readonly documents: Documents
  readonly scope: Scope
  readonly options: Pick<ProvisioningOptions, 'offerTtlMs' | 'offerDelayMs'>
  /** The offer as it is now, under the next version, to last for `ttlMs`; undefined while there is nothing to offer. */
  readonly compose: (ttlMs: number) => Offer | undefined
  /** The base cell of an offer, as text. */
  readonly locate: (offer: Offer) => string
}

/** Keeps the matchers of the owner's cell informed. */
export interface OfferPublisher {
  /** Something of the offer has changed: it is told within `offerDelayMs`, and from then on again and again. */
  changed(): void
  /** The members have changed: matchers of the cell are told that were not, or that have been away or started since. */
  review(): void
  stop(): void
}

/**
 * Publishes offers to the topic of their base cell, and to the matchers themselves where nobody listens there. Again after a third of the
 * offer's ttl, which doubles each time that nothing has changed: whether the owner is there the directory knows, and what a message that was lost
 * has told is told again the sooner the newer it is.
 */
export function createOfferPublisher(parts: PublisherParts): OfferPublisher {
  const { clock, random, transport, overlay, cellMatchers, documents, scope, options, compose, locate } = parts
  let next: { readonly timer: Timer; readonly isNews: boolean } | undefined
  let cellBefore: string | undefined
  /** The matchers of the present cell, each in one of its lives, that have had the offer or can have it from each other. */
  let told: readonly string[] = []

  function publishIn(delayMs: number, ttlMs: number, isNews: boolean): void {
    next?.timer.cancel()
    const timer = clock.schedule(delayMs, () => scope.spawn('publishing the offer', (signal) => publish(ttlMs, signal)))
    next = { timer, isNews }
  }

  /** A proposal may end after the scope: its hold is on disk, and nobody is told any more. */
  function changed(): void {
    if (scope.signal.aborted || next?.isNews) return
    publishIn(options.offerDelayMs, options.offerTtlMs, true)
  }

  /** Before the join there is nobody to tell; after it everything is told. */
  async function publish(ttlMs: number, signal: AbortSignal): Promise<void> {
    publishIn(jittered(random, ttlMs / 3), Math.min(2 * ttlMs, restingTtlMs(options)), false)
    const offer = overlay.state === 'joined' ? compose(ttlMs) : undefined
    if (offer === undefined) return
    const { signed } = documents.offers.seal(offer)
    const cell = locate(offer)
    // The matchers of the cell that it leaves drop what they have.
    const cells = cellBefore === undefined || cellBefore === cell ? [cell] : [cellBefore, cell]
    cellBefore = cell
    await Promise.all(cells.map((told) => tell(told, signed, signal)))
  }

  async function tell(cell: string, offer: Signed, signal: AbortSignal): Promise<void> {
    const { recipients } = await transport.publish(cellTopic(cell), encodeCellMessage({ kind: 'offer', offer }))
    const matchers = cellMatchers.of(cell)
    const lives = matchers.map(lifeOf)
    // A topic does not bring back what oneself has published, and who matches a part of the cell, or more than it, is not one of its matchers.
    const direct = [...new Set([transport.self, ...(recipients === 0 ? matchers : [])])]
    const taken = await Promise.all(direct.map((matcher) => give(matcher, offer, signal)))
    if (cell === cellBefore) told = lives.filter((_, place) => taken[direct.indexOf(matchers[place] as PeerId)] !== false)
  }

  /** Silence is made good by the next review or refresh. */
  async function give(matcher: PeerId, offer: Signed, signal: AbortSignal): Promise<boolean> {
    try {
      await transport.request(matcher, offerProtocol, { offer }, { signal })
      return true
    } catch (error) {
      if (!isCloudError(error)) throw error
      return false
    }
  }

  /** A matcher that is forgotten when it goes away is told when it is back. */
  function review(): void {
    if (cellBefore === undefined) return
    const lives = cellMatchers.of(cellBefore).map(lifeOf)
    told = told.filter((life) => lives.includes(life))
    if (told.length < lives.length) changed()
  }

  function lifeOf(matcher: PeerId): string {
    return `${matcher} ${overlay.member(matcher)?.epoch}`
  }

  return { changed, review, stop: () => next?.timer.cancel() }
}
