/** What a fault of the simulated network did to something that would have gone differently without it. */
export type Effect =
  | 'loss'
  | 'overflow'
  | 'delay'
  | 'duplicate'
  | 'reorder'
  | 'clog'
  | 'block'
  | 'crash'
  | 'freeze'
  | 'stall'
  | 'slow'
  | 'drift'
  | 'jump'

/** How often each fault took effect: one that is not in `counts` never did. */
export interface Effects {
  readonly counts: ReadonlyMap<Effect, number>
  add(effect: Effect): void
}

/** Counts that start at nothing. */
export function createEffects(): Effects {
  const counts = new Map<Effect, number>()
  return { counts, add: (effect) => void counts.set(effect, (counts.get(effect) ?? 0) + 1) }
}
