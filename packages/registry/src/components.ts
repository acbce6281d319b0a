import type { Clock, Log, Metrics, Random, StoreFactory } from '@cloudpeer/core'
import type { Signer, Verifier } from '@cloudpeer/core/identity'
import type { Schema } from '@cloudpeer/model'
import type { Overlay } from '@cloudpeer/overlay'
import type { Transport } from '@cloudpeer/transport'
import type { RegistryMemory } from './memory.ts'
import type { RegistryOptions } from './options.ts'

/** What a registry is made with. */
export interface RegistryInit {
  /** The network's id: part of every record that is signed or taken. */
  readonly network: string
  /** The network's present schema: the same object for as long as it does not change. */
  readonly schema: () => Schema
  readonly signer: Signer
  readonly verifier: Verifier
  readonly options?: Partial<RegistryOptions>
  /** Shared with other nodes of this process; one of its own if not given. */
  readonly memory?: RegistryMemory
}

/** What a registry needs of its surroundings. */
export interface RegistryComponents {
  readonly clock: Clock
  readonly random: Random
  readonly transport: Transport
  readonly overlay: Overlay
  readonly stores: StoreFactory
  readonly log: Log
  readonly metrics: Metrics
}
