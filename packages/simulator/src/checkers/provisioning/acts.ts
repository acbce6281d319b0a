import type { PeerId } from '@cloudpeer/core'
import { releaseProtocol } from '@cloudpeer/provisioning/protocols'
import type { Checker } from '../checker.ts'
import { beliefsIn } from './beliefs.ts'
import { leaseName } from './lease-fields.ts'

/**
 * I14: only the requester of a lease confirms it, renews it, gives it back, or hears of it from its owner. What an owner has lost, though its
 * requester relies on it still, it may tell anybody to be released: nothing is changed by it.
 */
export const onlyTheRequesterActs: Checker = {
  name: 'anytime_only_the_requester_acts',
  watch(watched) {
    const { cloud, exchanges, grants } = watched
    const problems: string[] = []
    const beliefs = beliefsIn(watched)
    /** By owner the leases of which its present process has told: it has not lost them. */
    const known = new Map<PeerId, Set<string>>()
    cloud.onNode(({ peer }) => known.set(peer, new Set()))
    grants.onTold(({ lease, to, by }) => {
      known.get(lease.owner)?.add(leaseName(lease))
      if (lease.requester !== to) problems.push(`${to} got an answer to ${by} for ${leaseName(lease)} of ${lease.requester}`)
    })
    exchanges.on(releaseProtocol, ({ from, to, request, reply }) => {
      request.fences.forEach((fence, index) => {
        const lease = { owner: to, fence }
        const requester = grants.leaseOf(lease)?.requester ?? from
        const isReleased = reply.outcomes[index] === 'RELEASED' && known.get(to)?.has(leaseName(lease)) === true
        if (isReleased && requester !== from && beliefs.has(lease)) problems.push(`${from} released ${leaseName(lease)} of ${requester}`)
      })
    })
    return () => problems.splice(0)
  }
}
