import type { SimulatedNode } from '../../cloud/simulated-cloud.ts'
import type { DiskEffect } from '../../cloud/simulated-disk.ts'
import type { Checker } from '../checker.ts'

/** What a disk does without a word to whoever reads it later: a request may be gone, and with it what is known of its key. */
const unnoticed: readonly DiskEffect[] = ['restored', 'misplaced row', 'stale row']

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
        const effects = cloud.machineOf(peer)?.disk.effects
        return ids.size > 1 && !lostDisks.has(peer) && !unnoticed.some((effect) => effects?.has(effect))
      })
      return [
        ...cloud.nodes.flatMap(twice),
        ...told.map(({ peer, key, ids }) => `${peer} was told of the requests ${[...ids].join(' and ')} under ${key}`)
      ]
    }
  }
}
