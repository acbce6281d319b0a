import type { Signer, Verifier } from '@cloudpeer/core/identity'
import type { Labels } from './member.ts'
import type { MembershipOptions } from './options.ts'
import type { WordMemory } from './word-memory.ts'

/** What the table is made with. */
export interface MembershipInit {
  readonly network: string
  readonly signer: Signer
  readonly verifier: Verifier
  readonly epoch: number
  /** {@link startBytes} by which this start of the node differs from all others. */
  readonly start: Uint8Array
  readonly labels: Labels
  readonly options: MembershipOptions
  /** Whether a connection to a peer is open. */
  readonly isConnected: (peer: string) => boolean
  /** What members said in their earlier starts. */
  readonly words: Pick<WordMemory, 'against' | 'takeContested' | 'keep'>
}
