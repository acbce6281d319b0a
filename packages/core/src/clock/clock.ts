import { CloudError } from '../errors/cloud-error.ts'

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

/** Resolves after `delayMs`; rejects with CANCELLED as soon as `signal` aborts. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(new CloudError('CANCELLED', {}, { cause: signal.reason }))
    const timer = clock.schedule(delayMs, () => {
      signal?.removeEventListener('abort', cancel)
      resolve()
    })
    function cancel(): void {
      timer.cancel()
      reject(new CloudError('CANCELLED', {}, { cause: signal?.reason }))
    }
    signal?.addEventListener('abort', cancel, { once: true })
  })
}

/** A signal that aborts when `parent` does or `delayMs` from now, and a way to let go of the timer. */
export interface Deadline {
  readonly signal: AbortSignal
  /** Whether time ran out, as opposed to a parent's abort. */
  readonly expired: boolean
  clear(): void
}

/** Starts a deadline `delayMs` from now. Call `clear` when the operation ends. */
export function startDeadline(clock: Clock, delayMs: number, parent?: AbortSignal): Deadline {
  const controller = new AbortController()
  let expired = false
  const abort = (): void => controller.abort(parent?.reason)
  const timer = clock.schedule(delayMs, () => {
    expired = true
    controller.abort()
  })
  if (parent?.aborted) abort()
  parent?.addEventListener('abort', abort, { once: true })
  return {
    signal: controller.signal,
    get expired() {
      return expired
    },
    clear() {
      timer.cancel()
      parent?.removeEventListener('abort', abort)
    }
  }
}
