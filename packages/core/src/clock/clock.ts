import { CloudError } from '../errors/cloud-error.ts'
import { type Cancellation, Canceller, onAbort } from './canceller.ts'

/** A callback that waits for its time. */
export interface Timer {
  /** Forgets the callback; harmless once it has run. */
  cancel(): void
}

/** The only source of time that protocol logic knows. */
export interface Clock {
  /** Milliseconds on this machine's monotonic clock; only differences mean anything. */
  now(): number
  /** Milliseconds since 1970 by the wall clock, for display; never for a decision. */
  wallTime(): number
  /** Runs `callback` once, `delayMs` (0 or more) from now. */
  schedule(delayMs: number, callback: () => void): Timer
}

/** Resolves after `delayMs`; rejects with CANCELLED as soon as `cancellation` aborts. */
export function sleep(clock: Clock, delayMs: number, cancellation?: Cancellation): Promise<void> {
  return new Promise((resolve, reject) => {
    if (cancellation?.aborted) return reject(cancelled(cancellation))
    const timer = clock.schedule(delayMs, () => {
      forget?.()
      resolve()
    })
    const forget =
      cancellation &&
      onAbort(cancellation, () => {
        timer.cancel()
        reject(cancelled(cancellation))
      })
  })
}

function cancelled({ reason }: Cancellation): CloudError {
  return new CloudError('CANCELLED', {}, { cause: reason })
}

/** Aborts when its parent does or its time is up, and lets go of both. */
export interface Deadline {
  /** Aborts with the deadline, and costs nothing; {@link onAbort} watches it. */
  readonly canceller: Canceller
  /** The same as a signal, made when it is asked for. */
  readonly signal: AbortSignal
  /** Whether time ran out, as opposed to a parent's abort. */
  readonly expired: boolean
  clear(): void
}

/** Starts a deadline `delayMs` from now. Call `clear` when the operation ends. */
export function startDeadline(clock: Clock, delayMs: number, parent?: Cancellation): Deadline {
  return new RunningDeadline(clock, delayMs, parent)
}

class RunningDeadline implements Deadline {
  readonly canceller = new Canceller()
  readonly #timer: Timer
  readonly #forgetParent: (() => void) | undefined
  #expired = false

  constructor(clock: Clock, delayMs: number, parent: Cancellation | undefined) {
    this.#timer = clock.schedule(delayMs, () => {
      this.#expired = true
      this.canceller.abort()
    })
    if (parent?.aborted) this.canceller.abort(parent.reason)
    else this.#forgetParent = parent && onAbort(parent, () => this.canceller.abort(parent.reason))
  }

  get signal(): AbortSignal {
    return this.canceller.signal
  }

  get expired(): boolean {
    return this.#expired
  }

  clear(): void {
    this.#timer.cancel()
    this.#forgetParent?.()
  }
}
