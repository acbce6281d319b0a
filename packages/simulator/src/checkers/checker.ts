import type { PeerId, Random } from '@cloudpeer/core'
import type { ProvisioningOptions } from '@cloudpeer/provisioning'
import type { SimulatedCloud } from '../cloud/simulated-cloud.ts'
import type { Client } from '../workload/client.ts'
import type { History } from '../workload/history.ts'
import type { Tenant } from '../workload/tenant.ts'
import type { Exchanges } from './exchanges.ts'
import type { Grants } from './provisioning/grants.ts'

/** What a checker sees of a run: everything, as nobody in the run can. */
export interface Watched {
  readonly cloud: SimulatedCloud
  readonly client: Client
  readonly history: History
  /** Requests and replies as those see them who ask and who answer. */
  readonly exchanges: Exchanges
  readonly tenant: Tenant
  /** Leases as owners tell of them. */
  readonly grants: Grants
  /** What holds for provisioning at every node. */
  readonly provisioning: ProvisioningOptions
  /** The checkers' own chance. */
  readonly random: Random
  /** Whether at most one thing is broken at a time. */
  readonly gentle: boolean
  /** Since when nothing has been done to the network or its machines, in virtual ms; infinite while something is. */
  quietSince(): number
  /** When something was last done to this machine, or is being done; minus infinity for one that was left alone. */
  disturbedAt(peer: PeerId): number
  /** Hostile peers, of whose own nothing is promised, and the name of what each does. */
  readonly strangers: ReadonlyMap<PeerId, string>
  /** Machines whose disks lost what was on them. */
  readonly lostDisks: ReadonlySet<PeerId>
}

/** What is wrong, in sentences; empty if nothing is. */
export type Findings = readonly string[]

/**
 * One thing that must hold. `anytime_` ones hold after every virtual second and operation, `eventually_` ones from some moment of the time to
 * heal until its end, `finally_` ones once everything has been stopped.
 */
export interface Checker {
  readonly name: `anytime_${string}` | `eventually_${string}` | `finally_${string}`
  /**
   * Begins to watch; what it returns tells what is wrong now. Whether everything has healed is decided by the last look, so `eventually_`
   * ones that are dear look closely only then.
   */
  watch(watched: Watched): (isLast: boolean) => Findings | Promise<Findings>
}
