import type { PeerId, Random } from '@cloudpeer/core'
import type { Verifier } from '@cloudpeer/core/identity'
import type { Schema } from '@cloudpeer/model'
import type { SignedDescriptor } from '@cloudpeer/overlay'
import type { SimulatedNetwork } from '@cloudpeer/transport/sim'
import type { Signatures } from '../cloud/machine.ts'
import type { SimulatedCloud } from '../cloud/simulated-cloud.ts'

/** Who does harm in a simulated network. */
export interface Adversary {
  readonly name: string
  /** The machines that it runs, once it has started. */
  readonly peers: readonly PeerId[]
  /** Resolves when its machines run; their harm goes on until `stop`. */
  start(): Promise<void>
  stop(): Promise<void>
  /** What it did and what became of it, by a short text: a run asserts that it had an effect. */
  readonly effects: ReadonlyMap<string, number>
}

/** What an adversary works with: the network, as many machines and keys as it likes, and none of our promises. */
export interface AdversaryGround {
  readonly network: SimulatedNetwork
  /** Anybody can ask a node for it. */
  readonly descriptor: SignedDescriptor
  readonly schema: Schema
  readonly random: Random
  readonly verifier: Verifier
  /** How its keys sign, as everybody's do. */
  readonly signatures: Signatures
  /** Where honest members are reached. */
  readonly addresses: readonly string[]
}

/** The ground that a cloud offers now: its nodes that run are the honest ones. */
export function groundIn(cloud: SimulatedCloud, random: Random, signatures: Signatures = 'hash'): AdversaryGround {
  const { network, schema, verifier, descriptor, nodes } = cloud
  return { network, descriptor, schema, random, verifier, signatures, addresses: nodes.map(({ peer }) => network.addressOf(peer)) }
}
