import type { Clock, Log, Metrics, Random, StoreFactory } from '@cloudpeer/core'
import type { Signer, Verifier } from '@cloudpeer/core/identity'
import type { Schema } from '@cloudpeer/model'
import type { Overlay } from '@cloudpeer/overlay'
import type { Transport } from '@cloudpeer/transport'
import type { ProvisioningOptions } from './options.ts'
import type { OwnedCapacity, ScaleOut, Workloads } from './provisioning.ts'

/** What provisioning is made with. */
export interface ProvisioningInit {
  /** The network's id: part of everything that is signed or taken. */
  readonly network: string
  /** The network's present schema: the same object for as long as it does not change. */
  readonly schema: () => Schema
  readonly signer: Signer
  readonly verifier: Verifier
  /**
   * Whether this node's identity was made at this very start, so that nobody can have a lease of it. An owner that is not new and finds no
   * ledger grants nothing until every lease that it may have given must have ended.
   */
  readonly isNew: boolean
  /** What this node offers where its ledger does not say; nothing if not given. */
  readonly capacity?: OwnedCapacity
  /** What starts and stops the work under this owner's leases; nothing if not given. */
  readonly workloads?: Workloads
  /** Told when a request waits that no known owner can ever fit; nothing if not given. */
  readonly scaleOut?: ScaleOut
  readonly options?: Partial<ProvisioningOptions>
}

/** What provisioning needs of its surroundings. */
export interface ProvisioningComponents {
  readonly clock: Clock
  readonly random: Random
  readonly transport: Transport
  readonly overlay: Overlay
  readonly stores: StoreFactory
  readonly log: Log
  readonly metrics: Metrics
}
