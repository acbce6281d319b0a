import type { Clock, Timer } from '@cloudpeer/core'

/** The time in which an owner grants nothing, because leases may be out that it does not know of. */
export interface Quarantine {
  /** How long it still lasts, in ms; 0 without one. */
  readonly leftMs: number
  /** Whether the time in which there may be one is over. */
  readonly isPast: boolean
  /** Begins it, unless it has begun. It ends `lastingMs` after the owner's start: then everything that an earlier process granted has ended. */
  begin(): void
  stop(): void
}

/** `onEnd` is called once when a quarantine that had begun ends. */
export function createQuarantine({
  clock,
  lastingMs,
  onEnd
}: {
  readonly clock: Clock
  readonly lastingMs: number
  readonly onEnd: () => void
}): Quarantine {
  const endsAt = clock.now() + lastingMs
  let timer: Timer | undefined
  return {
    get leftMs() {
      return timer === undefined ? 0 : Math.max(0, endsAt - clock.now())
    },
    get isPast() {
      return clock.now() >= endsAt
    },
    begin() {
      timer ??= clock.schedule(Math.max(0, endsAt - clock.now()), () => {
        timer = undefined
        onEnd()
      })
    },
    stop: () => timer?.cancel()
  }
}
