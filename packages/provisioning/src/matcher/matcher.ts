import { type Clock, CloudError, type Log, type Metrics, type PeerId, type Random, type Scope } from '@cloudpeer/core'
import type { CompiledQueries, Schema } from '@cloudpeer/model'
import type { Overlay } from '@cloudpeer/overlay'
import type { ReplyOf, RequestOf, Subscription, Transport } from '@cloudpeer/transport'
import { allBaseCells, baseCellsBelow, createKnownTrees, parseCell, type Space, type SplitTree } from '../cells/index.ts'
import type { Documents } from '../documents/documents.ts'
import type { Signed } from '../documents/signed-document.ts'
import { Matching } from '../matching/index.ts'
import type { ProvisioningOptions } from '../options.ts'
import { censusProtocol, offerProtocol, offersProtocol, submitProtocol } from '../protocols/match.ts'
import { type CellMessage, cellTopic, encodeCellMessage } from '../protocols/topic.ts'
import type { ProvisioningStatus } from '../provisioning.ts'
import { createCellTopics } from './cell-topics.ts'
import { countOwners } from './census.ts'
import { createDuties } from './duties.ts'
import { createMatchedOffers } from './matched-offers.ts'
import { createMatchedRequests } from './matched-requests.ts'
import { OfferBook } from './offer-book.ts'
import { createOfferFetcher } from './offer-fetcher.ts'
import { offersPage } from './offer-pages.ts'
import { createProposer } from './proposer.ts'
import { RequestBook } from './request-book.ts'
import { createSplitter } from './splitter.ts'

/** What a matcher works with. */
export interface MatcherParts {
  readonly network: string
  readonly schema: () => Schema
  readonly space: () => Space
  readonly clock: Clock
  readonly random: Random
  readonly transport: Transport
  readonly overlay: Overlay
  readonly documents: Documents
  readonly queries: CompiledQueries
  readonly options: ProvisioningOptions
  readonly scope: Scope
  readonly log: Log
  readonly metrics: Metrics
}

/** One node's share of the cells: keeps their offers and waiting requests, and proposes. It has no say in who gets what: owners have. */
export interface Matcher {
  start(): void
  stop(): void
  /** Members or the schema may have changed. */
  review(): void
  status(): ProvisioningStatus['matcher']
}

/** How often what has expired is looked for, and cells that are too full, within the shorter of the two times that things are kept. */
const sweepsPerTtl = 12

/** Makes a matcher. It talks to nobody before `start`. */
export function createMatcher(parts: MatcherParts): Matcher {
  const { network, schema, space, clock, random, transport, overlay, documents, options, scope, metrics } = parts
  const duties = createDuties(network, overlay, options.matchers)
  const known = createKnownTrees(space)
  const offers = new OfferBook(space, options.offersMax)
  const requests = new RequestBook(options)
  const matching = new Matching({
    random,
    agingMs: options.agingMs,
    holdMs: options.holdMs,
    backoffFirstMs: options.proposeBackoffFirstMs,
    backoffMaxMs: options.proposeBackoffMaxMs,
    isPresent: (owner) => matchedOffers.isPresent(owner)
  })
  const matchedOffers = createMatchedOffers({
    clock,
    overlay,
    documents,
    offers,
    matching,
    isWanted: (cell) => wanted.has(cell) || duties.mayMatch(cell, transport.self)
  })
  const matchedRequests = createMatchedRequests({
    ...parts,
    trees: known.trees,
    duties,
    requests,
    matching,
    pointOf: (owner) => offers.get(owner)?.point,
    staggerMs: options.staggerMs
  })
  const proposer = createProposer({ clock, transport, matching, requests, scope, metrics })
  const topics = createCellTopics(transport, { check, take })
  const fetchOffers = createOfferFetcher({ ...parts, duties, take: takeOver })
  const splitter = createSplitter({ space, known, duties, offers, requests, options, publish: publishTree })
  const subscriptions: Subscription[] = []
  /** The base cells whose offers are of use to this node: its own, and those below the cells in which requests wait here. */
  let wanted: ReadonlySet<string> = new Set()
  let placedIn: Space | undefined

  function check(message: CellMessage, from: PeerId): void {
    if (message.kind === 'offer') matchedOffers.opened(message.offer, from)
    else requireSplitter(message.tree, from)
  }

  /** Only a matcher of the part that was cut last may have cut it. */
  function requireSplitter({ cell, cuts }: SplitTree, from: PeerId): void {
    const path = cuts.at(-1)?.[0] ?? ''
    const part = path === '' ? cell : `${cell}/${path}`
    if (!duties.mayMatch(part, from)) throw new CloudError('NOT_MATCHER', { cell: part })
  }

  function take(message: CellMessage, from: PeerId): void {
    if (message.kind === 'tree') learn([message.tree])
    else takeOffer(message.offer, from)
    proposer.wake()
  }

  function takeOffer(signed: Signed, from: PeerId): void {
    try {
      matchedOffers.take(matchedOffers.opened(signed, from))
    } catch (error) {
      // Of another cell now, or beyond the bound.
      if (!(error instanceof CloudError)) throw error
    }
  }

  function takeOver({ offers: signed, leftMs, trees }: ReplyOf<typeof offersProtocol>): void {
    matchedOffers.takeOver(signed, leftMs)
    learn(trees)
    proposer.wake()
  }

  function learn(trees: readonly SplitTree[]): void {
    if (known.learn(trees).size === 0) return
    matchedRequests.redraw()
    matchedRequests.review()
  }

  function publishTree(tree: SplitTree): void {
    scope.spawn('telling of a split', async () => {
      await transport.publish(cellTopic(tree.cell), encodeCellMessage({ kind: 'tree', tree }))
    })
  }

  /** Follows the topics of the base cells that are of use, and takes over what is known of new ones. */
  function follow(): void {
    const dimensions = space().axes.length
    const own = overlay.state === 'joined' ? allBaseCells(dimensions).filter(duties.isMatcher) : []
    const below = [...requests.cells()].flatMap((cell) => {
      const parsed = parseCell(cell, dimensions)
      return parsed === undefined ? [] : baseCellsBelow(parsed)
    })
    wanted = new Set([...own, ...below])
    fetchOffers(topics.follow(wanted))
  }

  function review(): void {
    if (placedIn !== space()) {
      placedIn = space()
      matchedOffers.replace()
      matchedRequests.redraw()
    }
    matchedRequests.review()
    follow()
    matchedOffers.review()
    proposer.wake()
  }

  function submit(body: RequestOf<typeof submitProtocol>, from: PeerId): ReplyOf<typeof submitProtocol> {
    const reply = matchedRequests.submit(body, from)
    if (body.requests.some(({ cells }) => cells.some(([cell]) => !isFollowed(cell)))) follow()
    proposer.wake()
    return reply
  }

  function isFollowed(cell: string): boolean {
    const parsed = parseCell(cell, space().axes.length)
    return parsed === undefined || baseCellsBelow(parsed).every((base) => wanted.has(base))
  }

  function census({ request, cells }: RequestOf<typeof censusProtocol>): ReplyOf<typeof censusProtocol> {
    const { document } = documents.requests.open(request)
    const other = cells.find((cell) => !duties.mayMatch(cell, transport.self))
    if (other !== undefined) throw new CloudError('NOT_MATCHER', { cell: other })
    const asked = new Set(cells)
    const views = [...offers.all()]
      .filter(({ cell, document: { owner } }) => asked.has(cell) && matchedOffers.isPresent(owner))
      .flatMap(({ document: { owner } }) => matching.owner(owner) ?? [])
      .filter(({ word }) => word.state === 'open')
    return countOwners(document, schema(), views)
  }

  function sweep(): void {
    matchedRequests.sweep()
    matchedOffers.sweep()
    if (splitter()) {
      matchedRequests.redraw()
      matchedRequests.review()
    }
    follow()
    proposer.wake()
  }

  return {
    start() {
      subscriptions.push(
        transport.serve(submitProtocol, (body, { from }) => submit(body, from)),
        transport.serve(offerProtocol, ({ offer }, { from }) => {
          matchedOffers.take(matchedOffers.opened(offer, from))
          proposer.wake()
          return {}
        }),
        transport.serve(offersProtocol, (body) => offersPage(offers, known.trees, body, clock.now())),
        transport.serve(censusProtocol, census)
      )
      review()
      scope.repeat('sweeping offers and requests', () => Math.min(options.offerTtlMs, options.requestTtlMs) / sweepsPerTtl, sweep)
    },
    stop() {
      for (const subscription of subscriptions.splice(0)) subscription.close()
      topics.follow(new Set())
      proposer.stop()
    },
    review,
    status: () => ({ cells: topics.size, offers: offers.size, waiting: requests.size })
  }
}
