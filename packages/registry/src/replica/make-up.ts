import { type Clock, type Scope, sleep } from '@cloudpeer/core'

/** How often this node believes that it was away, in ms: anybody can say so, and while it makes up it answers nothing. */
const makeUpIntervalMs = 5_000

/** What making up works with. */
export interface MakeUpParts {
  readonly clock: Clock
  readonly scope: Scope
  /** Begins to complete whatever this node holds. */
  readonly completeAll: () => void
}

/** To be called when others went on without this node for a while: what they acknowledged meanwhile may not be here. */
export function createMakeUp({ clock, scope, completeAll }: MakeUpParts): () => void {
  let absences = 0
  let madeUp = 0
  return () => {
    absences++
    if (absences > madeUp + 1) return
    scope.spawn('making up for an absence', async (signal) => {
      while (madeUp < absences) {
        completeAll()
        const heard = absences
        await sleep(clock, makeUpIntervalMs, signal)
        madeUp = heard
      }
    })
  }
}
