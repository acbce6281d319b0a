import type { Clock } from '@cloudpeer/core'

/**
 * A clock that goes on where that of an earlier run stood when it was last written down, so that times on disk stay comparable: time in
 * which the process did not run does not pass on it.
 */
export function resumedClock(clock: Clock, fromMs: number): Clock {
  const shiftMs = fromMs - clock.now()
  return {
    now: () => clock.now() + shiftMs,
    wallTime: () => clock.wallTime(),
    schedule: (delayMs, callback) => clock.schedule(delayMs, callback)
  }
}
