import { proposeProtocol } from '@cloudpeer/provisioning/protocols'
import type { SimulatedNode } from '../../cloud/simulated-cloud.ts'
import type { Checker } from '../checker.ts'
import { excess, sumOf } from './amounts.ts'
import { beliefsIn } from './beliefs.ts'
import { ledgerOf } from './ledger-on-disk.ts'

/** I1: what an owner has given away, by its ledger on disk, is never more than its total: after each grant, and every second. */
export const noOwnerIsOverAllocated: Checker = {
  name: 'anytime_no_owner_is_over_allocated',
  watch({ cloud, exchanges }) {
    const problems: string[] = []
    exchanges.on(proposeProtocol, ({ to, reply }) => {
      const node = reply.granted.length > 0 && cloud.nodes.find(({ peer }) => peer === to)
      if (node) problems.push(...overAllocated(node))
    })
    return () => [...problems.splice(0), ...cloud.nodes.flatMap(overAllocated)]
  }
}

function overAllocated({ peer, machine }: SimulatedNode): readonly string[] {
  const ledger = ledgerOf(machine)
  const problem = ledger?.total && excess(ledger.leased, ledger.total)
  return problem === undefined ? [] : [`${peer} has leased ${problem}`]
}

/**
 * I1, as those see it who use the capacity: the leases of one machine that requesters rely on fit into it together, across restarts of
 * its owner and lost disks.
 */
export const believedLeasesFit: Checker = {
  name: 'anytime_leases_believed_fit',
  watch(watched) {
    const { cloud, grants } = watched
    const beliefs = beliefsIn(watched)
    const problems: string[] = []
    grants.onLearnt(({ lease: { owner } }) => {
      const capacity = cloud.machineOf(owner)?.capacity
      const believed = beliefs.of(owner)
      const problem = capacity && excess(sumOf(believed.map(({ lease }) => lease.allocation)), capacity.total)
      if (problem !== undefined) problems.push(`${owner} is believed to have leased ${problem} in ${believed.length} leases`)
    })
    return () => problems.splice(0)
  }
}

/** I1, as the machine sees it: what runs under leases fits into it. */
export const workFits: Checker = {
  name: 'anytime_work_fits',
  watch({ cloud }) {
    return () =>
      cloud.nodes.flatMap(({ peer, machine: { capacity }, work }) => {
        const problem = capacity && excess(sumOf(work.running.map(({ allocation }) => allocation)), capacity.total)
        return problem === undefined ? [] : [`${peer} runs ${problem}`]
      })
  }
}
