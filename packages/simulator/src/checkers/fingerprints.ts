import { hexFromBytes, type PeerId } from '@cloudpeer/core'
import { reconcileProtocol, type Shard } from '@cloudpeer/registry/protocols'
import type { RequestOf } from '@cloudpeer/transport'
import type { SimulatedNode } from '../cloud/simulated-cloud.ts'
import type { Checker } from './checker.ts'
import { allCopiesOnDisk } from './disk-copies.ts'
import { isBefore, isIn, type Place } from './places.ts'

type Range = RequestOf<typeof reconcileProtocol>['ranges'][number]

/**
 * L1: what nodes compare tells two sets of records apart. Only parts of a shard are looked at, since the whole is compared all the time, and
 * only where they are told in an answer: who asks goes on with the set that it began with.
 */
export const fingerprintsTellSetsApart: Checker = {
  name: 'anytime_fingerprints_tell_sets_apart',
  watch({ cloud, exchanges, gentle }) {
    const nodes = new Map<PeerId, SimulatedNode>()
    const sets = new Map<string, string>()
    const problems: string[] = []
    cloud.onNode((node) => nodes.set(node.peer, node))

    function look(peer: PeerId, shard: Shard, ranges: readonly Range[]): void {
      const node = nodes.get(peer)
      if (!gentle || ranges.length < 2 || node === undefined) return
      const copies = allCopiesOnDisk(node.machine).filter((copy) => isIn(shard, copy))
      let from: Place = { name: '' }
      for (const range of ranges) {
        const to = range.to
        if ('fingerprint' in range) {
          const within = copies.filter((copy) => isBefore(from, copy, true) && (to === undefined || isBefore(copy, to, false)))
          compare(
            hexFromBytes(range.fingerprint),
            within.map(({ owner, name, epoch, seq }) => `${name}/${owner} ${epoch}.${seq}`).join(),
            peer
          )
        }
        if (to !== undefined) from = to
      }
    }

    function compare(fingerprint: string, set: string, peer: PeerId): void {
      const known = sets.get(fingerprint) ?? set
      sets.set(fingerprint, known)
      if (known !== set) problems.push(`${peer} gives ${fingerprint} for ${set}, which stood for ${known}`)
    }

    exchanges.on(reconcileProtocol, ({ to, request, reply }) => look(to, request.shard, reply.ranges))
    return () => problems.splice(0)
  }
}
