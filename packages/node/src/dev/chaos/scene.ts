import type { Clock } from '@cloudpeer/core'
import type { DevNetwork, DevNode } from '../dev-network.ts'
import type { Published } from '../take-tour.ts'
import type { History } from './history.ts'

/** The network under trouble and what is known to be true of it. */
export interface Scene {
  readonly network: DevNetwork
  /** Everything registered; grows with the nodes that are added. */
  readonly published: Published[]
  readonly history: History
  readonly clock: Clock
}

/** Nodes that have not ended and are not frozen. */
export function runningNodes({ network }: Scene): readonly DevNode[] {
  return network.nodes.filter(({ process }) => process.state === 'running')
}

/** Nodes that nothing has been done to for long enough: they must answer, and answer right. */
export function settledNodes({ network, history, clock }: Scene): readonly DevNode[] {
  const now = clock.now()
  return network.nodes.filter(({ peerId }) => history.presence(peerId, now, now) === 'there')
}
