import type { Clock, Timer } from '@cloudpeer/core'

/** Calls back when something ends, with one timer for all that may. */
export interface ExpiryTimer {
  /** Something ends at `endsAt`, in ms on the clock. It may be prolonged without a word: then it is called for nothing. */
  watch(endsAt: number): void
  stop(): void
}

/** `onDue` is called when something may have ended, and returns when the next does; infinite if nothing will. */
export function createExpiryTimer(clock: Clock, onDue: () => number): ExpiryTimer {
  let dueAt = Number.POSITIVE_INFINITY
  let timer: Timer | undefined

  function watch(endsAt: number): void {
    if (endsAt >= dueAt) return
    timer?.cancel()
    dueAt = endsAt
    timer = clock.schedule(Math.max(0, endsAt - clock.now()), due)
  }

  function due(): void {
    dueAt = Number.POSITIVE_INFINITY
    watch(onDue())
  }

  return {
    watch,
    stop() {
      timer?.cancel()
      // Nothing is later than this.
      dueAt = Number.NEGATIVE_INFINITY
    }
  }
}
