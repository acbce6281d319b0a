import type { MembershipOptions } from './options.ts'

/** The bounds of one suspicion. */
export interface SuspicionBounds {
  readonly minMs: number
  readonly maxMs: number
  /** Independent confirmations that bring the time down to the minimum. */
  readonly confirmationsWanted: number
}

/** Confirmations that Lifeguard wants where there are members enough to give them. */
const confirmationsWanted = 2

/** The bounds in a network of `members` members, this node among them (memberlist `suspicionTimeout`). */
export function suspicionBounds(options: MembershipOptions, members: number): SuspicionBounds {
  const scale = Math.max(1, Math.log10(Math.max(1, members)))
  const minMs = options.suspicionMultiplier * scale * options.probeIntervalMs
  const wanted = members - 2 < confirmationsWanted ? 0 : confirmationsWanted
  return { minMs, maxMs: options.suspicionMaxMultiplier * minMs, confirmationsWanted: wanted }
}

/**
 * How long a member stays SUSPECT after `confirmations` by others: the maximum at none, the minimum at all that are
 * wanted, between them by the logarithm (Lifeguard, section IV-B).
 */
export function suspicionMs({ minMs, maxMs, confirmationsWanted: wanted }: SuspicionBounds, confirmations: number): number {
  if (wanted === 0) return minMs
  const share = Math.log(confirmations + 1) / Math.log(wanted + 1)
  return Math.max(minMs, maxMs - share * (maxMs - minMs))
}
