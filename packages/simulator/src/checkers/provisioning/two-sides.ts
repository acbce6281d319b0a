import type { PeerId } from '@cloudpeer/core'
import type { SimulatedNode } from '../../cloud/simulated-cloud.ts'
import type { Checker } from '../checker.ts'
import { createLasting } from './lasting.ts'
import { ledgerRows, nodesThatWrite, rowName } from './ledger-on-disk.ts'

/** Requesters and owners that run are of one mind about the active leases between them. */
export const bothSidesAgree: Checker = {
  name: 'eventually_both_sides_of_a_lease_agree',
  watch({ cloud }) {
    const lasting = createLasting()
    return () => {
      const running = new Map(cloud.nodes.map((node) => [node.peer, node]))
      const owners = nodesThatWrite(cloud)
      const granted = new Set(owners.flatMap((node) => activeRows(node, running)))
      const had = new Set(cloud.nodes.flatMap((node) => activeLeases(node, new Set(owners.map(({ peer }) => peer)))))
      const problems = new Map<string, string>()
      for (const name of granted) if (!had.has(name)) problems.set(name, `${name} is active for its owner, and not for its requester`)
      for (const name of had) if (!granted.has(name)) problems.set(name, `${name} is active for its requester, and not for its owner`)
      return lasting(problems)
    }
  }
}

function activeRows({ peer, machine }: SimulatedNode, running: ReadonlyMap<PeerId, SimulatedNode>): readonly string[] {
  return ledgerRows(machine).flatMap((row) => (row.state === 'active' && running.has(row.requester) ? [rowName(peer, row)] : []))
}

function activeLeases({ provisioning }: SimulatedNode, owners: ReadonlySet<PeerId>): readonly string[] {
  return provisioning
    .leases()
    .filter(({ side, lease }) => side === 'requester' && lease.state === 'active' && owners.has(lease.owner))
    .map(({ id }) => id)
}
