import type { PeerId } from '@cloudpeer/core'
import { defaultMembershipOptions, syncProtocol } from '@cloudpeer/overlay'
import type { Checker } from './checker.ts'

const { joinFirstMs, joinMaxMs } = defaultMembershipOptions
/** How long the attempt to join may still take in which others find a node, and until it has exchanged tables after that, in ms. */
const settledMs = 15_000

/**
 * L4: a node that comes to see others, by its own attempt or by theirs, exchanges tables with one of them soon: two groups may have found each
 * other, and each knows what the other does not. It may wait meanwhile for its next attempt to join. Where one thing is broken at a time.
 */
export const newcomersExchangeTables: Checker = {
  name: 'anytime_newcomers_exchange_tables',
  watch({ cloud, exchanges, gentle, disturbedAt }) {
    if (!gentle) return () => []
    /** How often each node has tried to connect to an address, and since when it sees others without having exchanged tables, in virtual ms. */
    const tries = new Map<PeerId, number>()
    const sinceMs = new Map<PeerId, number>()
    cloud.onNode(({ peer, overlay }) => {
      tries.delete(peer)
      sinceMs.delete(peer)
      let before = 1
      overlay.onChange(() => {
        const seen = overlay.servers().length
        if (seen <= 1) sinceMs.delete(peer)
        else if (before <= 1) sinceMs.set(peer, cloud.time.now)
        before = seen
      })
    })
    exchanges.onConnect((peer) => tries.set(peer, (tries.get(peer) ?? 0) + 1))
    exchanges.onAsked(syncProtocol, ({ from }) => sinceMs.delete(from))
    return () =>
      cloud.nodes.flatMap(({ peer }) => {
        const limitMs = Math.min(joinMaxMs, joinFirstMs * 2 ** (tries.get(peer) ?? 0)) + settledMs
        const waitedMs = cloud.time.now - Math.max(sinceMs.get(peer) ?? cloud.time.now, disturbedAt(peer))
        return waitedMs > limitMs ? [`${peer} has seen others for ${Math.round(waitedMs)} ms, and exchanged no tables`] : []
      })
  }
}
