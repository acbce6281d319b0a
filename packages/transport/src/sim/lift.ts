/** Ends the fault whose start gave it, and no other; more than once is harmless. */
export type Lift = () => void

/** A lift that runs `work` the first time. */
export function liftOnce(work: () => void): Lift {
  let lifted = false
  return () => {
    if (lifted) return
    lifted = true
    work()
  }
}
