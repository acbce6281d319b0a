import type { PeerId } from '@cloudpeer/core'
import { copyProtocol, unpackRecords } from '@cloudpeer/registry/protocols'
import type { SimulatedNode } from '../cloud/simulated-cloud.ts'
import type { Checker } from './checker.ts'
import { allCopiesOnDisk } from './disk-copies.ts'
import { isBefore, isIn } from './places.ts'
import { recordFields } from './record-fields.ts'

/**
 * L1: whoever hands over an interval of a shard hands over all that it has there, as far as its page goes. Looked at where at most one thing is
 * broken at a time, and no disk is damaged.
 */
export const copiedPagesAreWhole: Checker = {
  name: 'anytime_copied_pages_are_whole',
  watch({ cloud, exchanges, gentle }) {
    const nodes = new Map<PeerId, SimulatedNode>()
    const problems: string[] = []
    cloud.onNode((node) => nodes.set(node.peer, node))
    exchanges.on(copyProtocol, ({ to: peer, request: { shard, from = { name: '' }, to, keys }, reply }) => {
      const node = nodes.get(peer)
      if (!gentle || node === undefined || keys !== undefined) return
      const end = reply.next ?? to
      const given = new Set(unpackRecords(reply.rows).map(({ bytes }) => idOf(recordFields(bytes))))
      const there = allCopiesOnDisk(node.machine).filter((copy) => isIn(shard, copy))
      const within = there.filter((copy) => isBefore(from, copy, true) && (end === undefined || isBefore(copy, end, false)))
      for (const copy of within) if (!given.has(idOf(copy))) problems.push(`${peer} hands over a page without ${idOf(copy)}, which it has`)
    })
    return () => problems.splice(0)
  }
}

function idOf({ owner, name }: { readonly owner: PeerId; readonly name: string }): string {
  return `${owner}/${name}`
}
