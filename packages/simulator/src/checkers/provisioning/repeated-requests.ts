import type { SimulatedNode } from '../../cloud/simulated-cloud.ts'
import type { Checker } from '../checker.ts'
import { mayLackUnnoticed } from './unnoticed.ts'

/** A request that is sent again under its key, whenever and however often, is one request, as long as its machine's disk has it. */
export const repeatedRequestsAreOne: Checker = {
  name: 'anytime_repeated_requests_are_one',
  watch({ cloud, tenant, lostDisks }) {
    function twice({ peer, provisioning }: SimulatedNode): readonly string[] {
      const keys = provisioning.requests().flatMap(({ idempotencyKey }) => idempotencyKey ?? [])
      return keys.filter((key, index) => keys.indexOf(key) < index).map((key) => `${peer} has two requests under ${key}`)
    }

    return () => {
      const told = tenant.keyed.filter(({ peer, ids }) => {
        const machine = cloud.machineOf(peer)
        return ids.size > 1 && machine !== undefined && !lostDisks.has(peer) && !mayLackUnnoticed(machine)
      })
      return [
        ...cloud.nodes.flatMap(twice),
        ...told.map(({ peer, key, ids }) => `${peer} was told of the requests ${[...ids].join(' and ')} under ${key}`)
      ]
    }
  }
}
