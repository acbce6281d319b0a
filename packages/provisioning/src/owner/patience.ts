import { type BackoffOptions, backoffMs, type Clock, type PeerId, type Random } from '@cloudpeer/core'

/** First and longest pause of a requester that lets holds pass, in holds. */
export const pauseHoldsFirst = 2
export const pauseHoldsMax = 12
/** Requesters that are remembered; beyond, the one that did it least lately is forgotten. */
export const pausedMax = 4_096

/** What patience needs. */
export interface PatienceParts {
  readonly clock: Clock
  readonly random: Random
  /** How long a hold lasts, in ms. */
  readonly holdMs: number
}

/**
 * An owner's patience with requesters that neither take nor give back what is held for them: each such time nothing is held for them for a while, twice as
 * long as the time before. Once they take something all is forgotten, and so it is when they were no trouble for as long as the longest pause.
 */
export interface Patience {
  /** For how long nothing is held for a requester, in ms; 0 for most. */
  pauseMs(requester: PeerId): number
  /** Holds have ended that nobody took. */
  missed(requesters: Iterable<PeerId>): void
  /** Requesters have taken what was held for them. */
  taken(requesters: Iterable<PeerId>): void
}

/** How often in a row a requester was paused, and until when. */
interface Pause {
  readonly times: number
  readonly untilMs: number
}

/** The patience of one owner. It does not outlast its process. */
export function createPatience({ clock, random, holdMs }: PatienceParts): Patience {
  const backoff: BackoffOptions = {
    firstMs: pauseHoldsFirst * holdMs,
    maxMs: pauseHoldsMax * holdMs,
    attemptsMax: Number.POSITIVE_INFINITY
  }
  const pauses = new Map<PeerId, Pause>()

  function pauseMs(requester: PeerId): number {
    return Math.max(0, Math.ceil((pauses.get(requester)?.untilMs ?? 0) - clock.now()))
  }

  /** What was held before a pause began, and ends within it, does not prolong it. */
  function miss(requester: PeerId): void {
    const now = clock.now()
    const before = pauses.get(requester)
    if (before !== undefined && before.untilMs > now) return
    const times = before !== undefined && before.untilMs + backoff.maxMs > now ? before.times + 1 : 1
    pauses.delete(requester)
    if (pauses.size >= pausedMax) pauses.delete(pauses.keys().next().value as PeerId)
    pauses.set(requester, { times, untilMs: now + backoffMs(backoff, times, random) })
  }

  return {
    pauseMs,
    missed(requesters) {
      for (const requester of requesters) miss(requester)
    },
    taken(requesters) {
      for (const requester of requesters) pauses.delete(requester)
    }
  }
}
