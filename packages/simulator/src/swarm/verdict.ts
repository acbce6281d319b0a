/** Something that should have held and did not. */
export interface Violation {
  /** The name of the checker. */
  readonly checker: string
  readonly atMs: number
  readonly findings: readonly string[]
}

/** How a run ended. */
export interface Verdict {
  /** The first thing that was wrong; undefined if nothing was. */
  readonly violation: Violation | undefined
  /** From the end of the faults until everything that must hold eventually did for good, in virtual ms. */
  readonly healedMs: number
  /** How many faults of each kind there were, and how many of them did something. */
  readonly faults: Readonly<Record<string, { readonly struck: number; readonly effective: number }>>
  /** What clients did: operations begun, skipped because nothing ran at their machine, done, failed; answers and matches. */
  readonly operations: Readonly<Record<string, number>>
  /** Leases that owners granted: each was checked. */
  readonly grants: number
  readonly deliveries: number
  /** Virtual ms of the whole run. */
  readonly durationMs: number
  /** SHA-256 over all deliveries and the final state of all nodes, in hexadecimal. */
  readonly trace: string
}
