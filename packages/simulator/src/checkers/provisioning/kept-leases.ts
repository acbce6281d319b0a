import { proposeProtocol } from '@cloudpeer/provisioning/protocols'
import type { SimulatedNode } from '../../cloud/simulated-cloud.ts'
import type { Checker } from '../checker.ts'
import { beliefsIn } from './beliefs.ts'
import { leaseName } from './lease-fields.ts'
import { ledgerRows, rowName } from './ledger-on-disk.ts'
import { mayLackUnnoticed } from './unnoticed.ts'

/**
 * I14: nobody ends a lease that its requester relies on, by the ledger of its owner on disk; and an owner that has lost its ledger does not
 * grant while there is such a lease, for it cannot know what it has left. One whose disk holds something else than what was written may not
 * know it yet.
 */
export const believedLeasesAreKept: Checker = {
  name: 'anytime_leases_believed_are_kept',
  watch(watched) {
    const { cloud, exchanges, lostDisks } = watched
    const beliefs = beliefsIn(watched)
    const problems: string[] = []

    function missing({ peer, machine }: SimulatedNode): readonly string[] {
      const believed = beliefs.of(peer)
      if (believed.length === 0) return []
      const active = new Set(ledgerRows(machine).flatMap((row) => (row.state === 'active' ? [rowName(peer, row)] : [])))
      const lost = believed.map(({ lease }) => lease).filter((lease) => !active.has(leaseName(lease)))
      return lost.map((lease) => `${lease.requester} relies on ${leaseName(lease)}, which its owner does not have`)
    }

    exchanges.on(proposeProtocol, ({ to, reply }) => {
      const owner = cloud.nodes.find(({ peer }) => peer === to)
      if (owner && reply.granted.length > 0 && !mayLackUnnoticed(owner.machine))
        problems.push(...missing(owner).map((problem) => `${problem}, and it grants`))
    })
    return () => [...problems.splice(0), ...cloud.nodes.filter(({ peer }) => !lostDisks.has(peer)).flatMap(missing)]
  }
}
