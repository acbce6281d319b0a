import { type Clock, CloudError, type PeerId, wireErrorFrom } from '@cloudpeer/core'
import type { CompiledQueries } from '@cloudpeer/model'
import type { Overlay } from '@cloudpeer/overlay'
import type { ReplyOf, RequestOf } from '@cloudpeer/transport'
import { gridOf, membershipOf, type Point, parseCell, type Space, type SplitTrees } from '../cells/index.ts'
import type { Documents } from '../documents/documents.ts'
import type { Demand, Matching, OwnerView } from '../matching/index.ts'
import type { submitProtocol } from '../protocols/match.ts'
import type { Duties } from './duties.ts'
import { LastMessages } from './last-messages.ts'
import { type KeptRequest, type RequestBook, requestKey } from './request-book.ts'

/** What taking requests works with. */
export interface MatchedRequestsParts {
  readonly clock: Clock
  readonly overlay: Pick<Overlay, 'member'>
  readonly documents: Documents
  readonly queries: CompiledQueries
  readonly space: () => Space
  readonly trees: SplitTrees
  readonly duties: Duties
  readonly requests: RequestBook
  readonly matching: Matching
  /** Where the offer of an owner is. */
  readonly pointOf: (owner: PeerId) => Point | undefined
  readonly staggerMs: number
}

/** The requests that wait at this node, and those of them for which it proposes. */
export interface MatchedRequests {
  /** Takes what a requester submits; each request that is refused is named with the code of its error. OVERTAKEN. */
  submit(body: RequestOf<typeof submitProtocol>, from: PeerId): ReplyOf<typeof submitProtocol>
  /** Cells have other bounds: the space has changed. To be followed by {@link review}. */
  redraw(): void
  /** Matches those requests for which this node is the one to propose now, and leaves the others to those who are. */
  review(): void
  /** Forgets requests that were not heard of for too long. */
  sweep(): void
}

type Submission = RequestOf<typeof submitProtocol>['requests'][number]

/** Holds what waits, whoever proposes it now. */
export function createMatchedRequests(parts: MatchedRequestsParts): MatchedRequests {
  const { clock, overlay, documents, queries, space, trees, duties, requests, matching, pointOf, staggerMs } = parts

  const lastMessages = new LastMessages()
  /** The cells in which each request is matched by this node, as text, and under which generation. */
  const acting = new Map<string, string>()
  /** Grows whenever cells may have other bounds. */
  let generation = 0

  function opened({ request: signed, cells, wanted, waitedMs }: Submission, from: PeerId): KeptRequest {
    const request = documents.requests.open(signed)
    const { requester, id, count, ttlMs, expression } = request.document
    if (requester !== from) throw new CloudError('DOCUMENT_FORGED', { kind: 'request', writer: from })
    for (const [cell] of cells) requireMatcher(cell)
    if (wanted.some((unit) => unit >= count)) throw new CloudError('INVALID', { field: 'wanted', problem: `names a unit beyond ${count}` })
    queries.compile(expression)
    const key = requestKey(requester, id)
    const now = clock.now()
    // What was told first stands: nobody waits longer by saying so later.
    const arrivedAt = requests.get(key)?.arrivedAt ?? now - waitedMs
    return { ...request, key, cells, wanted, arrivedAt, untilMs: now + ttlMs }
  }

  function requireMatcher(cell: string): void {
    const isCell = parseCell(cell, space().axes.length) !== undefined
    if (!isCell || !duties.mayMatch(cell, duties.self)) throw new CloudError('NOT_MATCHER', { cell })
  }

  function take(submission: Submission, from: PeerId): void {
    const request = opened(submission, from)
    const known = requests.get(request.key)
    const order = known === undefined ? 1 : compareVersions(request, known)
    if (order < 0) return
    requests.take(request)
    match(request, known === undefined, order > 0)
  }

  /** Hands a request to the matching, or takes it back. The first cell of a new one is given a little time before the others. */
  function match(request: KeptRequest, isNew: boolean, isOther: boolean): void {
    const acted = request.cells.filter(([cell]) => duties.isActing(cell))
    const duty = acted.map(([cell]) => `${cell}@${generation}`).join(' ')
    const changed = isOther || duty !== acting.get(request.key)
    acting.set(request.key, duty)
    const now = clock.now()
    const notBefore = isNew ? now + Math.min(...acted.map(([, rank]) => rank)) * staggerMs : now
    const cells = acted.map(([cell]) => cell)
    if (cells.length === 0) matching.withdraw(request.key)
    else matching.submit(demandOf(request, cells), request.wanted, { now, notBefore, changed })
  }

  function demandOf(request: KeptRequest, cells: readonly string[]): Demand {
    const { key, arrivedAt } = request
    const { requester, expression, amounts, gang, priority, durationMs } = request.document
    const holds = cells.map((cell) => membershipOf(cell, space()))
    const query = queries.compile(expression)
    return {
      ...{ key, requester, amounts, gang, priority, arrivedAt },
      ...(durationMs !== undefined && { durationMs }),
      accepts({ owner, attributes }: OwnerView) {
        const point = pointOf(owner)
        if (point === undefined || isExpired(key)) return false
        return holds.some((holdsPoint) => holdsPoint(point)) && query.matches({ name: '', owner, attributes })
      }
    }
  }

  function isExpired(key: string): boolean {
    return (requests.get(key)?.untilMs ?? Number.NEGATIVE_INFINITY) <= clock.now()
  }

  function drop(key: string): void {
    requests.drop(key)
    acting.delete(key)
    matching.withdraw(key)
  }

  /** The present schema may have no such cell, or no meaning for the expression: then the requester submits it anew. */
  function isStillGood({ document, cells }: KeptRequest): boolean {
    try {
      for (const [cell] of cells) requireMatcher(cell)
      queries.compile(document.expression)
      return true
    } catch (error) {
      if (!(error instanceof CloudError)) throw error
      return false
    }
  }

  return {
    submit(body, from) {
      lastMessages.take(from, body)
      const refused: { index: number; code: string }[] = []
      body.requests.forEach((submission, index) => {
        try {
          take(submission, from)
        } catch (error) {
          if (!(error instanceof CloudError)) throw error
          refused.push({ index, code: wireErrorFrom(error).code })
        }
      })
      for (const id of body.withdrawn) drop(requestKey(from, id))
      const bases = new Set(body.requests.flatMap(({ cells }) => cells.map(([cell]) => gridOf(cell))))
      return { refused, trees: [...bases].flatMap((base) => trees.get(base) ?? []).slice(0, treesMax) }
    },
    review() {
      for (const request of [...requests.all()]) {
        if (isStillGood(request)) match(request, false, false)
        else drop(request.key)
      }
    },
    redraw() {
      generation++
    },
    sweep() {
      for (const { key, untilMs } of [...requests.all()]) if (untilMs <= clock.now()) drop(key)
      lastMessages.sweep((requester) => overlay.member(requester) !== undefined)
    }
  }
}

/** Split trees of one answer. */
const treesMax = 16

function compareVersions({ document: a }: KeptRequest, { document: b }: KeptRequest): number {
  return a.epoch - b.epoch || a.seq - b.seq
}
