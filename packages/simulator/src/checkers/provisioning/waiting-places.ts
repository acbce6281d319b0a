import type { Checker } from '../checker.ts'
import { firstFit } from './amounts.ts'
import { holds, placedOwners } from './capacity-space.ts'

/**
 * Whatever is known of splits, a request waits in a cell of each owner that can satisfy it. Those that were relaxed are let off: they move
 * only once that is written down.
 */
export const requestsWaitWhereOwnersAre: Checker = {
  name: 'anytime_requests_wait_where_owners_are',
  watch({ cloud, tenant }) {
    return () => {
      const owners = placedOwners(cloud)
      return cloud.nodes.flatMap(({ peer, provisioning }) =>
        provisioning.requests().flatMap(({ id, cells, amounts, expression, relaxedTo }) => {
          const matches = tenant.meaningOf(expression)
          if (matches === undefined || relaxedTo !== undefined || cells.length === 0) return []
          const able = owners.filter(({ attributes, total }) => matches(attributes) && firstFit(total, amounts) !== undefined)
          const missed = able.filter(({ point }) => !cells.some((cell) => holds(cell, point)))
          return missed.map(({ node }) => `request ${id} of ${peer} waits in ${cells.join(' ')}, and so not where ${node.peer} is`)
        })
      )
    }
  }
}
