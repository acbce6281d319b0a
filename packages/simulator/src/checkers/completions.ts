import type { PeerId } from '@cloudpeer/core'
import { openDescriptor } from '@cloudpeer/overlay'
import { reconcileProtocol, refreshProtocol, shardId, shardKey, shardsOfSchema, writeProtocol } from '@cloudpeer/registry/protocols'
import type { SimulatedNode } from '../cloud/simulated-cloud.ts'
import type { Checker } from './checker.ts'

/** Copies of a shard, at most. */
const replicasMax = 5

/** What one process has told of its shards, and what others told it, by shard. */
interface Witness {
  readonly node: SimulatedNode
  /** Whether it was complete, and at which replicas it saw the shard, when it last said so. */
  readonly told: Map<string, { readonly ready: boolean; readonly view: string }>
  /** By shard and view: whom it compared itself with while they had that view, and whether they ever said then that they were complete. */
  readonly heard: Map<string, Map<PeerId, boolean>>
}

/**
 * I10: a node becomes complete in a shard only after it has compared itself with so many complete replicas that one of them has whatever a
 * majority had acknowledged, or with all of them, who saw the same replicas as itself.
 */
export const completionIsEarned: Checker = {
  name: 'anytime_completion_is_earned',
  watch({ cloud, exchanges }) {
    const network = openDescriptor(cloud.descriptor, cloud.verifier).id
    const shards = shardsOfSchema(cloud.schema)
    const witnesses = new Map<PeerId, Witness>()
    const problems: string[] = []
    cloud.onNode((node) => witnesses.set(node.peer, { node, told: new Map(), heard: new Map() }))

    exchanges.onReplied(reconcileProtocol, ({ from, to, request, reply }) => {
      const id = shardId(request.shard)
      const view = hexOf(reply.views ?? new Uint8Array())
      const heard = witnesses.get(from)?.heard
      const answers = heard?.get(`${id} ${view}`) ?? new Map<PeerId, boolean>()
      heard?.set(`${id} ${view}`, answers.set(to, reply.ready || answers.get(to) === true))
    })

    function tells(peer: PeerId, unready: readonly string[], views: Uint8Array): void {
      const witness = witnesses.get(peer)
      const viewBytes = views.length / shards.length
      for (const [place, shard] of shards.entries()) {
        const id = shardId(shard)
        const told = { ready: !unready.includes(id), view: hexOf(views.subarray(place * viewBytes, (place + 1) * viewBytes)) }
        const before = witness?.told.get(id)
        witness?.told.set(id, told)
        if (witness === undefined || !told.ready || before?.ready !== false || before.view !== told.view) continue
        const replicas = witness.node.overlay.responsible(shardKey(network, shard), replicasMax)
        if (!isEarned(witness, id, told.view, replicas))
          problems.push(`${peer} became complete in ${id} without having compared itself with enough of ${replicas.join(', ')}`)
      }
    }
    exchanges.on(writeProtocol, ({ to, reply }) => tells(to, reply.unready, reply.views ?? new Uint8Array()))
    exchanges.on(refreshProtocol, ({ to, reply }) => tells(to, reply.unready, reply.views ?? new Uint8Array()))
    return () => problems.splice(0)
  }
}

function isEarned({ node, heard }: Witness, id: string, view: string, replicas: readonly PeerId[]): boolean {
  const answers = heard.get(`${id} ${view}`) ?? new Map<PeerId, boolean>()
  const complete = [...answers.values()].filter((ready) => ready).length
  return complete >= Math.ceil(replicas.length / 2) || replicas.every((peer) => peer === node.peer || answers.has(peer))
}

function hexOf({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('hex')
}
