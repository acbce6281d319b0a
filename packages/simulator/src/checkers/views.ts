import { hexFromBytes, type PeerId } from '@cloudpeer/core'
import { reconcileProtocol, shardId } from '@cloudpeer/registry/protocols'
import type { SimulatedNode } from '../cloud/simulated-cloud.ts'
import type { Checker } from './checker.ts'
import { replicasSeenBy } from './responsible.ts'

/**
 * I10: who has the same view of a shard has the same replicas in mind, and the same schema: owners that have not heard of a later one write
 * elsewhere. Told where it is answered at once, in a comparison.
 */
export const viewsTellSightsApart: Checker = {
  name: 'anytime_views_tell_sights_apart',
  watch({ cloud, exchanges }) {
    const nodes = new Map<PeerId, SimulatedNode>()
    const sights = new Map<string, string>()
    const problems: string[] = []
    cloud.onNode((node) => nodes.set(node.peer, node))
    exchanges.on(reconcileProtocol, ({ to, request: { shard, by = shard }, reply }) => {
      const node = nodes.get(to)
      if (node === undefined || reply.views === undefined) return
      const view = hexFromBytes(reply.views)
      const schema = hexFromBytes(node.overlay.network.digest)
      const sight = `${shardId(by)} of schema ${schema} at ${replicasSeenBy(node, by).join(' ')}`
      const known = sights.get(view) ?? sight
      sights.set(view, known)
      if (known !== sight) problems.push(`${to} gives the view ${view} for ${sight}, which stood for ${known}`)
    })
    return () => problems.splice(0)
  }
}
