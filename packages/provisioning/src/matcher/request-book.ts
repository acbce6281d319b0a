import { CloudError, type PeerId } from '@cloudpeer/core'
import type { CapacityRequest } from '../documents/request.ts'
import type { Verified } from '../documents/signed-document.ts'
import type { ProvisioningOptions } from '../options.ts'

/** How many times as many requests as a cell may have all cells of a matcher have together. */
const cellsWorthMax = 4

/** A request that a matcher keeps. */
export interface KeptRequest extends Verified<CapacityRequest> {
  readonly key: string
  /** The cells in which this node is to match it, and the place of each among all its cells. */
  readonly cells: readonly (readonly [cell: string, rank: number])[]
  /** Units that are still wanted. */
  readonly wanted: readonly number[]
  /** Since when it waits, and until when it is kept without hearing of it, on this node's clock. */
  readonly arrivedAt: number
  readonly untilMs: number
}

/** Requests of one cell. */
interface CellCount {
  all: number
  readonly byRequester: Map<PeerId, number>
}

/** What a request is known by. */
export function requestKey(requester: PeerId, id: string): string {
  return `${requester}/${id}`
}

/** The requests that wait in each cell of a matcher, with its bounds. */
export class RequestBook {
  readonly #options: Pick<ProvisioningOptions, 'waitingMax' | 'waitingPerRequesterMax'>
  readonly #requests = new Map<string, KeptRequest>()
  readonly #counts = new Map<string, CellCount>()

  constructor(options: Pick<ProvisioningOptions, 'waitingMax' | 'waitingPerRequesterMax'>) {
    this.#options = options
  }

  get size(): number {
    return this.#requests.size
  }

  get(key: string): KeptRequest | undefined {
    return this.#requests.get(key)
  }

  all(): Iterable<KeptRequest> {
    return this.#requests.values()
  }

  /** The cells in which requests wait. */
  cells(): Iterable<string> {
    return this.#counts.keys()
  }

  /** The requests that wait in a cell. */
  in(cell: string): readonly KeptRequest[] {
    return [...this.#requests.values()].filter(({ cells }) => cells.some(([each]) => each === cell))
  }

  /** How many these are. */
  count(cell: string): number {
    return this.#counts.get(cell)?.all ?? 0
  }

  /** Keeps a request in the place of what is known of it. QUEUE_FULL, and then that stays. */
  take(request: KeptRequest): void {
    const known = this.#requests.get(request.key)
    if (known !== undefined) this.#note(known, -1)
    try {
      this.#requireRoom(request, known !== undefined)
    } catch (error) {
      if (known !== undefined) this.#note(known, 1)
      throw error
    }
    this.#requests.set(request.key, request)
    this.#note(request, 1)
  }

  drop(key: string): void {
    const known = this.#requests.get(key)
    if (known === undefined) return
    this.#note(known, -1)
    this.#requests.delete(key)
  }

  #requireRoom({ cells, document }: KeptRequest, isKnown: boolean): void {
    const { waitingMax, waitingPerRequesterMax } = this.#options
    const allMax = waitingMax * cellsWorthMax
    if (!isKnown && this.#requests.size >= allMax) throw new CloudError('QUEUE_FULL', { cell: '*', max: allMax })
    for (const [cell] of cells) {
      const own = this.#counts.get(cell)?.byRequester.get(document.requester) ?? 0
      if (own >= waitingPerRequesterMax) throw new CloudError('QUEUE_FULL', { cell, max: waitingPerRequesterMax })
      if (this.count(cell) >= waitingMax) throw new CloudError('QUEUE_FULL', { cell, max: waitingMax })
    }
  }

  #note({ cells, document: { requester } }: KeptRequest, change: 1 | -1): void {
    for (const [cell] of cells) {
      const count = this.#counts.get(cell) ?? { all: 0, byRequester: new Map<PeerId, number>() }
      const own = (count.byRequester.get(requester) ?? 0) + change
      if (own === 0) count.byRequester.delete(requester)
      else count.byRequester.set(requester, own)
      count.all += change
      if (count.all === 0) this.#counts.delete(cell)
      else this.#counts.set(cell, count)
    }
  }
}
