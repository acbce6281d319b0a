import type { CloudError } from '@cloudpeer/core'
import type { MemberChange } from './member.ts'

/** What an event did. */
export interface Effects {
  readonly changes: MemberChange[]
  /** Updates that were not taken, and why. */
  readonly rejected: CloudError[]
  /** Whether this node had to speak against a rumour about itself. */
  refuted: boolean
  /** Whether this node has heard that others went on without it for a while. */
  wasAway: boolean
}

/** The effects of an event that did nothing yet. */
export function noEffects(): Effects {
  return { changes: [], rejected: [], refuted: false, wasAway: false }
}
