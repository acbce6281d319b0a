import type { Clock, Timer } from '@cloudpeer/core'

/** A machine's clock, whose timers wait while the machine stands still. */
export interface NodeClock {
  readonly clock: Clock
  /** Holds back every timer that comes due from now on. Time itself goes on, as it does for a stopped process. */
  freeze(): void
  /** Runs the timers held back, in the order in which they came due. */
  resume(): void
}

/** A clock over `base` for one node. */
export function createNodeClock(base: Clock): NodeClock {
  const held: (() => void)[] = []
  let frozen = false

  function schedule(delayMs: number, callback: () => void): Timer {
    let due: (() => void) | undefined = callback
    function fire(): void {
      if (frozen) held.push(fire)
      else due?.()
    }
    const timer = base.schedule(delayMs, fire)
    return {
      cancel() {
        due = undefined
        timer.cancel()
      }
    }
  }

  return {
    clock: { now: base.now, wallTime: base.wallTime, schedule },
    freeze() {
      frozen = true
    },
    resume() {
      frozen = false
      for (const fire of held.splice(0)) base.schedule(0, fire)
    }
  }
}
