import { releaseProtocol } from '@cloudpeer/provisioning/protocols'
import type { Checker } from '../checker.ts'
import { beliefsIn } from './beliefs.ts'
import { leaseName } from './lease-fields.ts'

/** I14: only the requester of a lease confirms it, renews it, gives it back, or hears of it from its owner. */
export const onlyTheRequesterActs: Checker = {
  name: 'anytime_only_the_requester_acts',
  watch(watched) {
    const { exchanges, grants } = watched
    const problems: string[] = []
    const beliefs = beliefsIn(watched)
    grants.onTold(({ lease, to, by }) => {
      if (lease.requester !== to) problems.push(`${to} got an answer to ${by} for ${leaseName(lease)} of ${lease.requester}`)
    })
    exchanges.on(releaseProtocol, ({ from, to, request, reply }) => {
      request.fences.forEach((fence, index) => {
        const lease = { owner: to, fence }
        const requester = grants.leaseOf(lease)?.requester ?? from
        if (requester !== from && reply.outcomes[index] !== 'LEASE_OF_ANOTHER' && beliefs.has(lease))
          problems.push(`${from} released ${leaseName(lease)} of ${requester}`)
      })
    })
    return () => problems.splice(0)
  }
}
