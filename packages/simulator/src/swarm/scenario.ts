import type { ProvisioningOptions } from '@cloudpeer/provisioning'
import type { RegistryOptions } from '@cloudpeer/registry'
import type { AdversaryName } from '../adversaries/index.ts'
import type { Signatures } from '../cloud/machine.ts'
import type { LatencyChoice } from '../latency/latency.ts'
import type { RequestMix } from '../workload/capacity-requests.ts'
import type { Operation } from '../workload/client.ts'

/** One run, wholly written down: the same scenario runs the same way on any machine, and a part of it is a scenario too. */
export interface Scenario {
  /** Decides keys, delays and everything else that is not written here. */
  readonly seed: number
  /** Machines at the start: those of number 0 to `nodes - 1`. */
  readonly nodes: number
  /**
   * Whether at most one thing is broken at a time, with time to heal between: then nothing acknowledged may be missed even
   * while it happens.
   */
  readonly gentle: boolean
  readonly conditions: Conditions
  /** What the nodes' operators have changed; the defaults if not given. */
  readonly registry?: Partial<RegistryOptions>
  readonly provisioning?: Partial<ProvisioningOptions>
  /** What tenants ask for; everything if not given. */
  readonly requests?: RequestMix
  /** How long the nodes have to find each other before anything goes wrong, then faults come, and then the network heals, in ms. */
  readonly startMs: number
  readonly faultsMs: number
  readonly healMs: number
  readonly faults: readonly FaultEvent[]
  /** Hostile machines, that are there while faults come. */
  readonly adversaries: readonly AdversaryName[]
  /** What clients do; times count from the start of the faults, and those below 0 are before. */
  readonly operations: readonly Operation[]
}

/** What holds for a whole run. */
export interface Conditions {
  readonly latency: LatencyChoice
  /** Whether each message is late by a draw from a distribution with a heavy tail. */
  readonly jitter: boolean
  /** Shares of all messages, while faults come: none of it in the time to heal. */
  readonly lossShare: number
  readonly duplicateShare: number
  readonly reorderShare: number
  /** The nodes of the start come within this time, in ms: 0 for all at once. */
  readonly startWithinMs: number
  readonly signatures: Signatures
  /** Each machine's leases last between this and what `provisioning` says, in ms, for a time of its own from each of its starts on; all for as long as that if not given. */
  readonly leaseMsLeast?: number
  /** Dimensions of the space of capacity, of those that the workload's schema can have: none for a single cell. */
  readonly dimensions: number
  /** Whether messages are encoded, or passed on as values that nobody can change. */
  readonly passes: 'bytes' | 'values'
}

/** One fault: from `atMs`, after the start of the faults, for `forMs`. What `amount` is, its kind says. */
export interface FaultEvent {
  readonly id: number
  readonly kind: string
  readonly atMs: number
  readonly forMs: number
  readonly machines: readonly number[]
  readonly amount: number
}
