import { type Clock, CloudError, type Log, type Metrics, type PeerId, type Random, type Scope } from '@cloudpeer/core'
import type { CompiledQueries, Schema } from '@cloudpeer/model'
import type { Overlay } from '@cloudpeer/overlay'
import type { ReplyOf, RequestOf, Subscription, Transport } from '@cloudpeer/transport'
import {
  allBaseCells,
  baseCellsBelow,
  type CellMatchers,
  createKnownTrees,
  gridOf,
  parseCell,
  type Space,
  type SplitTree
} from '../cells/index.ts'
import type { Documents } from '../documents/documents.ts'
import type { Offer } from '../documents/offer.ts'
import type { Signed } from '../documents/signed-document.ts'
import { Matching } from '../matching/index.ts'
import type { ProvisioningOptions } from '../options.ts'
import { censusProtocol, loadProtocol, offerProtocol, offersProtocol, submitProtocol } from '../protocols/match.ts'
import { type CellMessage, cellTopic, encodeCellMessage } from '../protocols/topic.ts'
import type { ProvisioningStatus } from '../provisioning.ts'
import { createCellLoads } from './cell-loads.ts'
import { createCellTopics } from './cell-topics.ts'
import { countOwners } from './census.ts'
import { createDuties } from './duties.ts'
import { createLoadOf } from './load.ts'
import { createMatchedOffers } from './matched-offers.ts'
import { createMatchedRequests } from './matched-requests.ts'
import { OfferBook } from './offer-book.ts'
import { createOfferFetcher } from './offer-fetcher.ts'
import { offersPage } from './offer-pages.ts'
import { createProposer } from './proposer.ts'
import { RequestBook } from './request-book.ts'
import { createTreeKeeper } from './tree-keeper.ts'

/** What a matcher works with. */
export interface MatcherParts {
  readonly network: string
  readonly schema: () => Schema
  readonly space: () => Space
  readonly clock: Clock
  readonly random: Random
  readonly transport: Transport
  readonly overlay: Overlay
  readonly cellMatchers: CellMatchers
  readonly documents: Documents
  readonly queries: CompiledQueries
  readonly options: ProvisioningOptions
  readonly scope: Scope
  readonly log: Log
  readonly metrics: Metrics
  /** Told what this node, as an owner, is known to have offered. */
  readonly heardOwn: (offer: Offer) => void
}

/** One node's share of the cells: keeps their offers and waiting requests, and proposes. It has no say in who gets what: owners have. */
export interface Matcher {
  start(): void
  stop(): void
  /** Members or the schema may have changed. */
  review(): void
  status(): ProvisioningStatus['matcher']
}

/** How often what has expired is looked for, and cells that are too full or too empty, within the shorter of the two times that things are kept. */
const sweepsPerTtl = 12

/** Makes a matcher. It talks to nobody before `start`. */
export function createMatcher(parts: MatcherParts): Matcher {
  const { schema, space, clock, random, transport, overlay, documents, options, scope, metrics } = parts
  const duties = createDuties(overlay, parts.cellMatchers)
  const known = createKnownTrees({ clock, space, ttlMs: options.offerTtlMs })
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
    heardOwn: parts.heardOwn,
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
  const topics = createCellTopics(parts, { check, take })
  const fetchOffers = createOfferFetcher({ ...parts, duties, take: takeOver })
  const loadOf = createLoadOf({ ...parts, offers, requests })
  const loadsOf = createCellLoads({ ...parts, duties, loadOf })
  const keepTrees = createTreeKeeper({ space, known, duties, offers, requests, options, loadsOf, tell: tellTree })
  const subscriptions: Subscription[] = []
  /** The cells of the grid of which this node hears: its own, and those that it needs for requests that wait here. */
  let wanted: ReadonlySet<string> = new Set()
  let placedIn: Space | undefined

  function check(message: CellMessage, from: PeerId): void {
    if (message.kind === 'offer') matchedOffers.opened(message.offer, from)
    else requireMatcher(message.tree.cell, from)
  }

  function requireMatcher(cell: string, peer: PeerId): void {
    if (!duties.mayMatch(cell, peer)) throw new CloudError('NOT_MATCHER', { cell })
  }

  function take(message: CellMessage, from: PeerId): void {
    if (message.kind === 'tree') known.learn([message.tree])
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
    known.learn(trees)
    proposer.wake()
  }

  function tellTree(tree: SplitTree): void {
    known.learn([tree])
    scope.spawn('telling how a cell is split', async () => {
      await transport.publish(cellTopic(tree.cell), encodeCellMessage({ kind: 'tree', tree }))
    })
  }

  /** Follows the topics of the cells that are of use, and takes over what is known of new ones. */
  function follow(): void {
    const own = overlay.state === 'joined' ? allBaseCells(space().axes.length).filter(duties.isMatcher) : []
    const split = [...known.trees.keys()].filter(duties.isMatcher)
    wanted = new Set([...own, ...[...requests.cells(), ...split].flatMap(topicsOf)])
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
    return topicsOf(cell).every((each) => wanted.has(each))
  }

  /** The cells of which to hear for the sake of one: that of the grid for its split tree, those below for their offers. */
  function topicsOf(cell: string): readonly string[] {
    const parsed = parseCell(cell, space().axes.length)
    return parsed === undefined ? [] : [gridOf(cell), ...baseCellsBelow(parsed)]
  }

  function census({ request, cells }: RequestOf<typeof censusProtocol>): ReplyOf<typeof censusProtocol> {
    const { document } = documents.requests.open(request)
    for (const cell of cells) requireMatcher(cell, transport.self)
    const asked = new Set(cells)
    const views = [...offers.all()]
      .filter(({ cell, document: { owner } }) => asked.has(cell) && matchedOffers.isPresent(owner))
      .flatMap(({ document: { owner } }) => matching.owner(owner) ?? [])
      .filter(({ word }) => word.state === 'open')
    return countOwners(document, schema(), views, (owner) => matching.isPaused(owner, document.requester, clock.now()))
  }

  function load({ cells }: RequestOf<typeof loadProtocol>): ReplyOf<typeof loadProtocol> {
    for (const cell of cells) requireMatcher(cell, transport.self)
    return { loads: cells.map(loadOf) }
  }

  function sweep(): void {
    matchedRequests.sweep()
    matchedOffers.sweep()
    known.sweep()
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
        transport.serve(offersProtocol, (body) => offersPage({ offers, trees: known.trees, topics }, body, clock.now())),
        transport.serve(loadProtocol, load),
        transport.serve(censusProtocol, census),
        // Others went on without it, and owners with them.
        overlay.onReturned(() => fetchOffers([...wanted]))
      )
      review()
      const sweepMs = (): number => Math.min(options.offerTtlMs, options.requestTtlMs) / sweepsPerTtl
      scope.repeat('sweeping offers and requests', sweepMs, sweep)
      scope.repeat('splitting and merging cells', sweepMs, keepTrees)
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
