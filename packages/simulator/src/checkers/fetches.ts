import type { PeerId } from '@cloudpeer/core'
import { copyProtocol, reconcileProtocol, type Shard, shardId } from '@cloudpeer/registry/protocols'
import type { SimulatedNode } from '../cloud/simulated-cloud.ts'
import type { Checker } from './checker.ts'
import { allCopiesOnDisk } from './disk-copies.ts'
import type { Asked } from './exchanges.ts'
import { isBefore, isIn, type Place } from './places.ts'

/** What a node has heard that another has, of which it has nothing. */
interface Lacking {
  readonly peer: PeerId
  readonly shard: Shard
  readonly from: Place
  readonly to: Place | undefined
  readonly atMs: number
}

/** L1: a node that hears of an interval of which it has nothing asks for it before it compares anything else, unless something fails. */
export const whatIsLackingIsAskedFor: Checker = {
  name: 'anytime_what_is_lacking_is_asked_for',
  watch({ cloud, exchanges, gentle, disturbedAt }) {
    const nodes = new Map<PeerId, SimulatedNode>()
    const lacking = new Map<PeerId, readonly Lacking[]>()
    const problems: string[] = []
    cloud.onNode((node) => {
      nodes.set(node.peer, node)
      lacking.delete(node.peer)
    })

    exchanges.onAsked(reconcileProtocol, ({ from: self, to: other, request: { ranges } }) => {
      const begins = ranges.length === 1 && ranges[0]?.to === undefined
      if (!begins || self === other) return
      for (const { peer, shard, from, to, atMs } of lacking.get(self) ?? [])
        if (disturbedAt(self) <= atMs) problems.push(`${self} did not ask ${peer} for ${shardId(shard)} from ${from.name} to ${to?.name}`)
      lacking.delete(self)
    })

    exchanges.onReplied(reconcileProtocol, ({ from: self, to: peer, request: { shard }, reply }) => {
      const node = nodes.get(self)
      if (!gentle || node === undefined || self === peer) return
      const copies = allCopiesOnDisk(node.machine).filter((copy) => isIn(shard, copy))
      const heard: Lacking[] = []
      let from: Place = { name: '' }
      for (const range of reply.ranges) {
        const { to } = range
        const isThere = copies.some((copy) => isBefore(from, copy, true) && (to === undefined || isBefore(copy, to, false)))
        if ('fingerprint' in range && range.count > 0 && !isThere) heard.push({ peer, shard, from, to, atMs: cloud.time.now })
        if (to !== undefined) from = to
      }
      lacking.set(self, [...(lacking.get(self) ?? []), ...heard])
    })

    exchanges.onAsked(copyProtocol, (asked) => {
      lacking.set(
        asked.from,
        (lacking.get(asked.from) ?? []).filter((one) => !isAskedFor(one, asked))
      )
    })
    for (const protocol of [reconcileProtocol, copyProtocol]) exchanges.onFailed(protocol, ({ from }) => void lacking.delete(from))
    return () => problems.splice(0)
  }
}

/** Whether a request is for all of an interval, or for some of it by key: a copy may have gone since the comparison began. */
function isAskedFor({ peer, shard, from, to }: Lacking, { to: asked, request }: Asked<typeof copyProtocol>): boolean {
  if (asked !== peer || shardId(request.shard) !== shardId(shard)) return false
  const first = request.from ?? { name: '' }
  if (request.keys === undefined) return isSame(first, from) && (request.to && to ? isSame(request.to, to) : request.to === to)
  return (request.to === undefined || isBefore(from, request.to, false)) && (to === undefined || isBefore(first, to, false))
}

function isSame(a: Place, b: Place): boolean {
  return a.name === b.name && a.owner === b.owner
}
