import type { PeerId } from '@cloudpeer/core'
import type { RequestOf } from '@cloudpeer/transport'
import { type submitProtocol, submittedMax, withdrawnMax } from '../protocols/match.ts'
import type { RankedCell } from './matchers-of.ts'
import type { OwnRequest } from './own-request.ts'

/** What one matcher is to know of one request. */
export interface Submission {
  readonly request: OwnRequest
  readonly cells: readonly RankedCell[]
  /** Whether the matcher has acknowledged it. */
  told: boolean
  /** The code by which the matcher refused it last; undefined where it did not. */
  refused: string | undefined
}

/** What one message tells. */
export interface Batch {
  readonly submissions: readonly Submission[]
  readonly withdrawn: readonly string[]
}

/** Bytes of the documents of one message: together with units and cells they fit into it. */
const batchBytesMax = 256 * 1024

/** Requests that are tried again at once: whoever has thousands for which there is no room takes turns with them. */
export const retriedMax = 256

/** What one matcher is still to be told, and what it has been told. */
export class Outbox {
  readonly peer: PeerId
  /** Whether the last message that was answered was OVERTAKEN. */
  isOvertaken = false
  readonly #submissions = new Map<string, Submission>()
  readonly #due = new Set<Submission>()
  readonly #refused = new Set<Submission>()
  readonly #withdrawn = new Set<string>()

  constructor(peer: PeerId) {
    this.peer = peer
  }

  get isIdle(): boolean {
    return this.#due.size + this.#withdrawn.size === 0
  }

  /** Whether nothing is told to this matcher any more. */
  get isEmpty(): boolean {
    return this.isIdle && this.#submissions.size === 0
  }

  get(id: string): Submission | undefined {
    return this.#submissions.get(id)
  }

  /** The code by which the matcher refuses a request; undefined where it does not, as far as anybody knows. */
  refusal(id: string): string | undefined {
    return this.isOvertaken ? 'OVERTAKEN' : this.#submissions.get(id)?.refused
  }

  /** Tells a request, anew where it was told before. */
  submit(request: OwnRequest, cells: readonly RankedCell[]): void {
    this.#forget(request.id)
    const submission = { request, cells, told: false, refused: undefined }
    this.#withdrawn.delete(request.id)
    this.#submissions.set(request.id, submission)
    this.#due.add(submission)
  }

  /** Tells that a request waits no more, if the matcher may have heard of it. */
  withdraw(id: string): void {
    if (this.#forget(id)) this.#withdrawn.add(id)
  }

  /** Tells a request again, which counts as told meanwhile. One that was refused has its own turn. */
  refresh(id: string): void {
    const submission = this.#submissions.get(id)
    if (submission !== undefined && submission.refused === undefined) this.#due.add(submission)
  }

  /** The next message. */
  take(): Batch {
    const submissions: Submission[] = []
    let bytes = 0
    for (const submission of this.#due) {
      bytes += submission.request.request.signed[0].length
      if (submissions.length === submittedMax || (submissions.length > 0 && bytes > batchBytesMax)) break
      submissions.push(submission)
    }
    for (const submission of submissions) this.#due.delete(submission)
    return { submissions, withdrawn: [...this.#withdrawn].slice(0, withdrawnMax) }
  }

  /** The matcher has a message, but for the requests that it refused, by their place in it. */
  settle({ submissions, withdrawn }: Batch, refused: ReadonlyMap<number, string>): void {
    for (const id of withdrawn) this.#withdrawn.delete(id)
    for (const [place, submission] of submissions.entries()) {
      submission.refused = refused.get(place)
      submission.told = submission.refused === undefined
      if (!submission.told && this.#isCurrent(submission)) this.#refused.add(submission)
    }
  }

  /** A message did not arrive, as far as anybody knows: all of it is due again. */
  putBack({ submissions }: Batch): void {
    for (const submission of submissions) if (this.#isCurrent(submission)) this.#due.add(submission)
  }

  /** Whether anything was refused that is still to be tried again. */
  get hasRefused(): boolean {
    return this.#refused.size > 0
  }

  /** Tries again what was refused first, {@link retriedMax} at most. */
  retryRefused(): void {
    for (const submission of [...this.#refused].slice(0, retriedMax)) {
      this.#refused.delete(submission)
      this.#due.add(submission)
    }
  }

  /** Tells nobody of withdrawals any more: what nobody speaks of, matchers forget. */
  dropWithdrawals(): void {
    this.#withdrawn.clear()
  }

  #isCurrent(submission: Submission): boolean {
    return this.#submissions.get(submission.request.id) === submission
  }

  #forget(id: string): boolean {
    const submission = this.#submissions.get(id)
    if (submission === undefined) return false
    this.#submissions.delete(id)
    this.#due.delete(submission)
    this.#refused.delete(submission)
    return true
  }
}

/** What the message of a batch says. */
export function submitRequestFrom(
  { submissions, withdrawn }: Batch,
  nowMs: number
): Omit<RequestOf<typeof submitProtocol>, 'epoch' | 'seq'> {
  return {
    requests: submissions.map(({ request, cells }) => ({
      request: request.request.signed,
      cells,
      wanted: request.book.wanted,
      waitedMs: request.waitedMs(nowMs)
    })),
    withdrawn
  }
}
