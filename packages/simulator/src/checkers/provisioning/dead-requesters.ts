import type { PeerId } from '@cloudpeer/core'
import type { Checker } from '../checker.ts'
import { ledgerRows, nodesThatWrite, rowName } from './ledger-on-disk.ts'

/** Beyond a hold and a lease, in ms: for clocks that run slow, and for work to stop. */
const slackMs = 10_000

/** A requester that is gone has nothing any more once its holds and leases must have ended. */
export const deadRequestersHoldNothing: Checker = {
  name: 'eventually_dead_requesters_hold_nothing',
  watch({ cloud, provisioning: { holdMs, leaseMs } }) {
    const started = new Map<PeerId, number>()
    const missedSince = new Map<PeerId, number>()
    cloud.onNode(({ peer }) => started.set(peer, cloud.time.now))

    /** How long a requester has been gone, while the owner ran all the time: a start gives each lease a full ttl. */
    function goneMs(requester: PeerId, owner: PeerId): number {
      const since = missedSince.get(requester) ?? cloud.time.now
      missedSince.set(requester, since)
      return cloud.time.now - Math.max(since, started.get(owner) ?? 0)
    }

    return () => {
      const running = new Set(cloud.nodes.map(({ peer }) => peer))
      for (const peer of running) missedSince.delete(peer)
      return nodesThatWrite(cloud).flatMap(({ peer: owner, machine }) =>
        ledgerRows(machine)
          .filter(({ requester }) => !running.has(requester) && goneMs(requester, owner) > holdMs + leaseMs + slackMs)
          .map((row) => `${rowName(owner, row)} is ${row.state} for ${row.requester}, which is gone`)
      )
    }
  }
}
