import { type Clock, isCloudError, type PeerId, type Scope, type Timer } from '@cloudpeer/core'
import type { Overlay } from '@cloudpeer/overlay'
import type { Transport } from '@cloudpeer/transport'
import type { CellMatchers } from '../cells/index.ts'
import type { Documents } from '../documents/documents.ts'
import type { Offer } from '../documents/offer.ts'
import type { Signed } from '../documents/signed-document.ts'
import type { ProvisioningOptions } from '../options.ts'
import { offerProtocol } from '../protocols/match.ts'
import { cellTopic, encodeCellMessage } from '../protocols/topic.ts'

/** What publishing offers needs. */
export interface PublisherParts {
  readonly clock: Clock
  readonly transport: Transport
  readonly overlay: Pick<Overlay, 'state'>
  readonly cellMatchers: Pick<CellMatchers, 'of'>
  readonly documents: Documents
  readonly scope: Scope
  readonly options: Pick<ProvisioningOptions, 'offerTtlMs' | 'offerDelayMs'>
  /** The offer as it is now, under the next version; undefined while there is nothing to offer. */
  readonly compose: () => Offer | undefined
  /** The base cell of an offer, as text. */
  readonly locate: (offer: Offer) => string
}

/** Keeps the matchers of the owner's cell informed. */
export interface OfferPublisher {
  /** Tells anew every third of an offer's ttl. */
  start(): void
  /** Something of the offer has changed: it is told within `offerDelayMs`. */
  changed(): void
  /** The members have changed: matchers of the cell that were not told are. */
  review(): void
  stop(): void
}

/** Publishes offers to the topic of their base cell, and to the matchers themselves where nobody listens there. */
export function createOfferPublisher(parts: PublisherParts): OfferPublisher {
  const { clock, transport, overlay, cellMatchers, documents, scope, options, compose, locate } = parts
  let timer: Timer | undefined
  let cellBefore: string | undefined
  /** The matchers of the present cell that have had the offer, or can have it from each other. */
  let told: readonly PeerId[] = []

  /** A proposal may end after the scope: its hold is on disk, and nobody is told any more. */
  function changed(): void {
    if (scope.signal.aborted) return
    timer ??= clock.schedule(options.offerDelayMs, () => {
      timer = undefined
      scope.spawn('publishing the offer', publish)
    })
  }

  /** Before the join there is nobody to tell; after it everything is told. */
  async function publish(signal: AbortSignal): Promise<void> {
    const offer = overlay.state === 'joined' ? compose() : undefined
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
    // A topic does not bring back what oneself has published, and who matches a part of the cell, or more than it, is not one of its matchers.
    const direct = [...new Set([transport.self, ...(recipients === 0 ? matchers : [])])]
    const taken = await Promise.all(direct.map((matcher) => give(matcher, offer, signal)))
    if (cell === cellBefore) told = matchers.filter((matcher) => taken[direct.indexOf(matcher)] !== false)
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

  function review(): void {
    if (cellBefore === undefined) return
    const matchers = cellMatchers.of(cellBefore)
    if (matchers.some((matcher) => !told.includes(matcher))) changed()
  }

  return {
    start: () => scope.repeat('publishing the offer', () => options.offerTtlMs / 3, publish),
    changed,
    review,
    stop: () => timer?.cancel()
  }
}
