import type { Clock, Timer } from '@cloudpeer/core'

/** One timer that can be set anew. */
export interface Alarm {
  /** Whether it is set and has not rung. */
  readonly set: boolean
  /** Rings at `atMs` on the clock, or never at Infinity; what it was set to before is forgotten. */
  ringAt(atMs: number): void
}

/** An alarm that calls `ring` with the milliseconds by which it is late. */
export function createAlarm(clock: Clock, ring: (lateMs: number) => void): Alarm {
  let timer: Timer | undefined
  let due = Number.POSITIVE_INFINITY
  return {
    get set() {
      return timer !== undefined
    },
    ringAt(atMs) {
      if (timer !== undefined && atMs === due) return
      timer?.cancel()
      timer = undefined
      due = atMs
      if (atMs === Number.POSITIVE_INFINITY) return
      timer = clock.schedule(Math.max(0, atMs - clock.now()), () => {
        timer = undefined
        ring(clock.now() - atMs)
      })
    }
  }
}
