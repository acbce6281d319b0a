import type { PeerId } from '@cloudpeer/core'
import type { Checker } from './checker.ts'

/** The least that a suspicion lasts, in ms, whoever shares it: four times the second in which one member is probed, on a clock that is fast. */
const refutedWithinMs = 3_600

/**
 * A member that runs has the time to refute: nobody is the first to hold it for away before it has been suspect for a while. Where somebody
 * slanders that is what others said.
 */
export const suspectsHaveTheirTime: Checker = {
  name: 'anytime_suspects_have_their_time',
  watch({ cloud, lostDisks, strangers }) {
    const problems: string[] = []
    /** The words of members for which somebody has held them for away. */
    const over = new Set<string>()
    const runs = (peer: PeerId, epoch: number): boolean => cloud.nodes.some((node) => node.peer === peer && node.epoch === epoch)

    cloud.onNode((node) => {
      const suspectSince = new Map<string, number>()
      node.overlay.onChange(({ peer, to, member: { epoch, incarnation } }) => {
        const word = `${peer} ${epoch}.${incarnation}`
        if (to === 'SUSPECT') suspectSince.set(word, cloud.time.now)
        if (to !== 'AWAY' || over.has(word)) return
        over.add(word)
        const forMs = cloud.time.now - (suspectSince.get(word) ?? Number.NEGATIVE_INFINITY)
        if (forMs < refutedWithinMs && runs(peer, epoch) && !lostDisks.has(peer) && strangers.size === 0)
          problems.push(`${node.peer} held ${peer}, which runs, for away ${forMs} ms after it had suspected it`)
      })
    })
    return () => problems.splice(0)
  }
}
