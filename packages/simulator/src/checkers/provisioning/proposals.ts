import { proposeProtocol } from '@cloudpeer/provisioning/protocols'
import type { Checker } from '../checker.ts'

/** Span over which proposals are counted, in ms. */
const spanMs = 20_000
/** Proposals in it that are no storm: for each lease granted in it, for each request that waits, and at all. */
const perGrant = 3
const perRequest = 3
const always = 20

/** L5: once nothing is wrong any more, matchers do not propose again and again what is denied. */
export const proposalsAreFew: Checker = {
  name: 'eventually_proposals_are_few',
  watch({ cloud, exchanges, grants }) {
    let proposals = 0
    exchanges.on(proposeProtocol, () => void proposals++)
    let before: { readonly atMs: number; readonly proposals: number; readonly grants: number } | undefined
    let findings: readonly string[] = []
    return () => {
      const now = { atMs: cloud.time.now, proposals, grants: grants.count }
      if (before !== undefined && now.atMs - before.atMs < spanMs) return findings
      const made = now.proposals - (before?.proposals ?? now.proposals)
      const granted = now.grants - (before?.grants ?? now.grants)
      const waiting = cloud.nodes.reduce((sum, { provisioning }) => sum + provisioning.status().requests, 0)
      before = now
      findings =
        made <= always + granted * perGrant + waiting * perRequest
          ? []
          : [`${made} proposals in ${spanMs / 1000} s, which granted ${granted} leases, for ${waiting} requests`]
      return findings
    }
  }
}
