import { isCloudError, type PeerId } from '@cloudpeer/core'
import type { RequestStatus } from '@cloudpeer/provisioning'
import { confirmProtocol } from '@cloudpeer/provisioning/protocols'
import type { SimulatedNode } from '../../cloud/simulated-cloud.ts'
import type { Checker } from '../checker.ts'
import { createLasting } from './lasting.ts'
import { leaseName } from './lease-fields.ts'
import { ledgerRows, nodesThatWrite } from './ledger-on-disk.ts'

/** I3: no gang has some only of the leases that its requester wants still, for long, by the ledgers of the owners that run. */
export const gangsAreWhole: Checker = {
  name: 'eventually_gangs_are_whole',
  watch({ cloud }) {
    const lasting = createLasting()
    return () => {
      const active = new Map<string, number>()
      const writing = new Set(nodesThatWrite(cloud))
      for (const node of cloud.nodes) {
        for (const { requester, request, gang, state } of ledgerRows(node.machine)) {
          const name = `${requester}/${request}`
          // What an owner has on disk that cannot write any more may be given back.
          const leases = writing.has(node) ? 1 : Number.POSITIVE_INFINITY
          if (gang && state === 'active') active.set(name, (active.get(name) ?? 0) + leases)
        }
      }
      const partial = cloud.nodes.flatMap(({ peer, provisioning }) =>
        provisioning.requests().flatMap(({ id, state, units }): [string, string][] => {
          const leases = active.get(`${peer}/${id}`) ?? 0
          const wanted = units.filter((unit) => unit.state !== 'done').length
          return leases === 0 || leases >= wanted ? [] : [[id, `gang ${id} of ${peer}, ${state}, has ${leases} leases of ${wanted}`]]
        })
      )
      return lasting(new Map(partial))
    }
  }
}

/** I3: who is told that its gang has been granted has been told of each lease that it is active. */
export const grantedGangsWereActive: Checker = {
  name: 'anytime_granted_gangs_were_active',
  watch({ cloud, grants, tenant }) {
    const learnt = new Set<string>()
    const looked = new Set<string>()
    grants.onLearnt(({ lease: { requester, request, unit } }) => learnt.add(`${requester}/${request}/${unit}`))

    function lookAt(id: string, peer: PeerId): readonly string[] {
      const node = cloud.nodes.find((each) => each.peer === peer)
      if (node === undefined) return []
      const request = requestAt(node, id)
      if (request?.state === 'waiting') return []
      looked.add(id)
      if (request?.state !== 'granted') return []
      const missing = request.units.filter(({ unit, state }) => state === 'active' && !learnt.has(`${peer}/${id}/${unit}`))
      return missing.map(({ unit }) => `gang ${id} of ${peer} counts as granted, and nobody told it that unit ${unit} is active`)
    }

    return () => [...tenant.gangs].flatMap(([id, peer]) => (looked.has(id) ? [] : lookAt(id, peer)))
  }
}

/** I3: nobody confirms a lease of a gang of which another unit has none. */
export const gangsAreConfirmedWhole: Checker = {
  name: 'anytime_gangs_are_confirmed_whole',
  watch({ cloud, exchanges, grants, tenant }) {
    const problems: string[] = []
    exchanges.onAsked(confirmProtocol, ({ from, to, request: { fences } }) => {
      const node = cloud.nodes.find(({ peer }) => peer === from)
      for (const fence of node ? fences : []) {
        const id = grants.leaseOf({ owner: to, fence })?.request ?? ''
        const units = (node && tenant.gangs.has(id) && requestAt(node, id)?.units) || []
        // A gang that was given back since then does not have this lease either.
        const isKept = units.some(({ lease }) => lease === leaseName({ owner: to, fence }))
        const missing = units.findIndex(({ state }) => state === 'wanted')
        if (isKept && missing >= 0) problems.push(`${from} confirmed a lease of gang ${id}, of which unit ${missing} has none`)
      }
    })
    return () => problems.splice(0)
  }
}

/** I2: a unit has one lease at most for long, by the ledgers of the owners that run. */
export const unitsHaveOneLease: Checker = {
  name: 'eventually_units_have_one_lease',
  watch({ cloud }) {
    const lasting = createLasting()
    return () => {
      const owners = new Map<string, string>()
      const twice = new Map<string, string>()
      for (const { peer, machine } of nodesThatWrite(cloud)) {
        for (const { requester, request, unit, state } of ledgerRows(machine)) {
          const name = `${requester}/${request}/${unit}`
          if (state === 'active' && owners.has(name)) twice.set(name, `unit ${name} has leases of ${owners.get(name)} and ${peer}`)
          if (state === 'active') owners.set(name, peer)
        }
      }
      return lasting(twice)
    }
  }
}

/** A request as its node knows it; undefined where the node has lost its disk. */
function requestAt({ provisioning }: SimulatedNode, id: string): RequestStatus | undefined {
  try {
    return provisioning.request(id)
  } catch (error) {
    if (isCloudError(error, 'REQUEST_UNKNOWN')) return undefined
    throw error
  }
}
