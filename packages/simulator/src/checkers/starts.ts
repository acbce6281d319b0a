import type { PeerId } from '@cloudpeer/core'
import type { SimulatedNode } from '../cloud/simulated-cloud.ts'
import type { Checker } from './checker.ts'

/**
 * A member that has lost count of its starts goes on with an epoch beyond all that anybody who is there has heard of it before, as far as
 * that one's disk has kept it: copies of its old records would count as new.
 */
export const startsAreOutbid: Checker = {
  name: 'eventually_starts_are_outbid',
  watch({ cloud, lostDisks }) {
    /** By member, and by who heard of it, the highest epoch so far. */
    const heard = new Map<PeerId, Map<PeerId, number>>()
    /** The same as it was when the member's present process started. */
    const before = new Map<PeerId, ReadonlyMap<PeerId, number>>()
    const heardOf = (peer: PeerId): Map<PeerId, number> => heard.get(peer) ?? new Map()

    cloud.onNode((node) => {
      before.set(node.peer, new Map(heardOf(node.peer)))
      node.overlay.onChange(({ peer, member: { epoch } }) => {
        heard.set(peer, heardOf(peer).set(node.peer, Math.max(epoch, heardOf(peer).get(node.peer) ?? 0)))
      })
    })

    const remembers = ({ peer, machine }: SimulatedNode): boolean => !lostDisks.has(peer) && machine.disk.effects.size === 0

    return () =>
      cloud.nodes.flatMap(({ peer, overlay }) => {
        const epoch = overlay.member(peer)?.epoch ?? 0
        const others = cloud.nodes.filter((other) => other.peer !== peer && remembers(other))
        const later = others.filter((other) => (before.get(peer)?.get(other.peer) ?? 0) >= epoch)
        return later.map((other) => `${peer} speaks under epoch ${epoch}, of which ${other.peer} had heard before it started`)
      })
  }
}
