import type { PeerId } from '@cloudpeer/core'
import { readProtocol, refreshProtocol, shardsOfSchema, writeProtocol } from '@cloudpeer/registry/protocols'
import type { Checker } from './checker.ts'

/** I14: a store of which a commit failed takes nothing more, and a replica whose copies cannot be written says so, answers nobody and counts for nobody. */
export const failedStoresAreLeftAlone: Checker = {
  name: 'anytime_failed_stores_are_left_alone',
  watch({ cloud, exchanges }) {
    const problems: string[] = []
    const hasFailed = (peer: PeerId): boolean => cloud.machineOf(peer)?.disk.failedStores.includes('records') ?? false
    for (const protocol of [writeProtocol, refreshProtocol])
      exchanges.on(protocol, ({ to, reply }) => {
        const { schema } = cloud.nodes.find(({ peer }) => peer === to) ?? cloud
        if (hasFailed(to) && reply.unready.length < shardsOfSchema(schema).length) problems.push(`${to} cannot write, and its copies count`)
      })
    exchanges.on(readProtocol, ({ to }) => {
      if (hasFailed(to)) problems.push(`${to} cannot write, and answers a read`)
    })
    return () => {
      for (const { peer, machine, registry } of cloud.nodes) {
        const after = machine.disk.effects.get('commit after a failed one') ?? 0
        if (after > 0) problems.push(`${peer} has tried to write ${after} times to stores that had failed`)
        const { store, shards } = registry.status()
        if (hasFailed(peer) && (store !== 'failed' || shards.ready > 0)) problems.push(`${peer} cannot write, and does not tell`)
      }
      return problems.splice(0)
    }
  }
}
