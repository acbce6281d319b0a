import type { PeerId } from '@cloudpeer/core'
import { leftAlone } from './answers.ts'
import type { Checker } from './checker.ts'

/** How long a member that has ended may be held for alive by one that was left alone, in ms: a round of probes, and the longest suspicion. */
const noticeMs = 35_000

/** L4: where at most one thing is broken at a time, members that were left alone do not take each other for gone. */
export const theWellAreNotSentAway: Checker = {
  name: 'anytime_the_well_are_not_sent_away',
  watch(watched) {
    const { cloud, gentle } = watched
    const problems: string[] = []
    cloud.onNode((node) => {
      node.overlay.onChange(({ peer, to }) => {
        const now = cloud.time.now
        if (!gentle || to !== 'AWAY' || !cloud.nodes.some((other) => other.peer === peer)) return
        if (leftAlone(watched, peer, now) && leftAlone(watched, node.peer, now))
          problems.push(`${node.peer} took ${peer}, which runs, for away`)
      })
    })
    return () => problems.splice(0)
  }
}

/** A verdict by others is no proof against a member that is there: whoever is connected with it suspects it first, so that it may refute. */
export const nobodyIsSentAwayUnheard: Checker = {
  name: 'anytime_nobody_is_sent_away_unheard',
  watch({ cloud }) {
    const problems: string[] = []
    cloud.onNode((node) => {
      const spoken = new Map<PeerId, number>()
      node.overlay.onChange(({ peer, from, to, member: { epoch, incarnation } }) => {
        const isSilent = spoken.get(peer) === incarnation && cloud.nodes.find((other) => other.peer === peer)?.epoch === epoch
        spoken.set(peer, incarnation)
        if (from !== 'ALIVE' || to !== 'AWAY' || !isSilent) return
        if (node.transport.peers().some(({ id }) => id === peer))
          problems.push(`${node.peer} took ${peer}, with which it is connected, for away at once`)
      })
    })
    return () => problems.splice(0)
  }
}

/** L4: where at most one thing is broken at a time, a member that has ended is soon known to be away. */
export const theDeadAreNoticed: Checker = {
  name: 'anytime_the_dead_are_noticed',
  watch(watched) {
    const { cloud, gentle } = watched
    const seen = new Map<PeerId, number>()
    return () => {
      const now = cloud.time.now
      for (const { peer } of cloud.nodes) seen.set(peer, now)
      const dead = new Set([...seen].flatMap(([peer, atMs]) => (atMs + noticeMs < now ? [peer] : [])))
      if (!gentle || dead.size === 0) return []
      return cloud.nodes
        .filter(({ peer }) => leftAlone(watched, peer, now))
        .flatMap(({ peer, overlay }) =>
          overlay.servers().flatMap((other) => (dead.has(other) ? [`${peer} holds ${other}, which has ended, for alive`] : []))
        )
    }
  }
}

/** I7 of membership: a member that was erased comes back only by a word that it spoke later. */
export const theErasedStayErased: Checker = {
  name: 'anytime_the_erased_stay_erased',
  watch({ cloud }) {
    const problems: string[] = []
    cloud.onNode((node) => {
      const erased = new Map<PeerId, readonly [epoch: number, incarnation: number]>()
      node.overlay.onChange(({ peer, from, to, member: { epoch, incarnation } }) => {
        const last = from === undefined ? erased.get(peer) : undefined
        if (last !== undefined && (epoch < last[0] || (epoch === last[0] && incarnation <= last[1])))
          problems.push(`${node.peer} has ${peer} back by ${epoch}.${incarnation}, which was erased at ${last.join('.')}`)
        if (to === 'GONE') erased.set(peer, [epoch, incarnation])
      })
    })
    return () => problems.splice(0)
  }
}
