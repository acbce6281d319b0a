import type { PeerId } from '@cloudpeer/core'
import { openDescriptor } from '@cloudpeer/overlay'
import { proposeProtocol, submitProtocol } from '@cloudpeer/provisioning/protocols'
import type { SimulatedNode } from '../../cloud/simulated-cloud.ts'
import type { Watched } from '../checker.ts'
import { requestFields } from './lease-fields.ts'

/** In which cells a matcher has taken a request, and when it may propose it, in virtual ms. */
interface Taken {
  readonly cells: readonly string[]
  readonly fromMs: number
}

/** Which requests matchers have taken, and what became of them, by what nodes say to each other. */
export class MatcherDuties {
  readonly #watched: Watched
  readonly #network: string
  /** By request and matcher. */
  readonly #taken = new Map<string, Map<PeerId, Taken>>()
  readonly #proposed = new Set<string>()
  readonly #paused = new Set<string>()

  constructor(watched: Watched) {
    const { cloud, exchanges } = watched
    this.#watched = watched
    this.#network = openDescriptor(cloud.descriptor, cloud.verifier).id
    cloud.onNode(({ peer }) => {
      for (const matchers of this.#taken.values()) matchers.delete(peer)
    })
    exchanges.on(submitProtocol, ({ to, request: { requests }, reply }) => {
      const refused = new Set(reply.refused.map(({ index }) => index))
      for (const { request, cells } of requests.filter((_, index) => !refused.has(index))) this.#take(requestFields(request).id, to, cells)
    })
    exchanges.onAsked(proposeProtocol, ({ request: { request } }) => this.#proposed.add(requestFields(request).id))
    exchanges.onReplied(proposeProtocol, ({ to, request: { request }, reply: { pauseMs } }) => {
      if (pauseMs !== undefined) this.#paused.add(`${to} ${requestFields(request).requester}`)
    })
  }

  hasTaken({ peer }: SimulatedNode, id: string): boolean {
    return this.#taken.get(id)?.has(peer) === true
  }

  /** Whether anybody has proposed a request to anybody. */
  wasProposed(id: string): boolean {
    return this.#proposed.has(id)
  }

  /** Whether an owner has ever said that it holds nothing for a requester for a while. */
  hasPaused(owner: PeerId, requester: PeerId): boolean {
    return this.#paused.has(`${owner} ${requester}`)
  }

  /** The cells in which a matcher is to propose a request that it has taken: it is the first of their matchers that it holds for alive. */
  cellsOf(matcher: SimulatedNode, id: string): readonly string[] {
    const taken = this.#taken.get(id)?.get(matcher.peer)
    if (taken === undefined || taken.fromMs > this.#watched.cloud.time.now) return []
    return taken.cells.filter((cell) => this.#isFirst(matcher, cell))
  }

  #isFirst({ peer, overlay }: SimulatedNode, cell: string): boolean {
    const matchers = overlay.responsible(`cloudpeer/cell/${this.#network}/${cell}`, this.#watched.provisioning.matchers)
    return matchers.find((each) => overlay.member(each)?.state === 'ALIVE') === peer
  }

  /** Later cells of a request wait a little first. */
  #take(id: string, matcher: PeerId, cells: readonly (readonly [cell: string, rank: number])[]): void {
    const { cloud, provisioning } = this.#watched
    const matchers = this.#taken.get(id) ?? new Map<PeerId, Taken>()
    const fromMs = cloud.time.now + provisioning.staggerMs * Math.min(...cells.map(([, rank]) => rank))
    this.#taken.set(id, matchers.set(matcher, { cells: cells.map(([cell]) => cell), fromMs }))
  }
}
