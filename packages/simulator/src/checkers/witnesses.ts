import { isCloudError, type PeerId } from '@cloudpeer/core'
import { probeForProtocol, probeProtocol } from '@cloudpeer/overlay'
import type { Checker } from './checker.ts'

/** Failures of a request that are no word of the peer. */
const silences = ['REFUSED', 'UNREACHABLE', 'TIMED_OUT', 'DISCONNECTED', 'STOPPED', 'WRONG_NETWORK']

/** Whoever tells another that it has reached a member has just had an answer of it, were it an error. */
export const witnessesHaveHeard: Checker = {
  name: 'anytime_witnesses_have_heard',
  watch({ cloud, exchanges, strangers }) {
    const problems: string[] = []
    /** By prober and member when the last answer came. */
    const heard = new Map<string, number>()
    const hear = (from: PeerId, to: PeerId): void => void heard.set(`${from} ${to}`, cloud.time.now)
    exchanges.onReplied(probeProtocol, ({ from, to }) => hear(from, to))
    exchanges.onFailed(probeProtocol, ({ from, to, error }) => {
      if (!isCloudError(error, ...silences)) hear(from, to)
    })
    exchanges.on(probeForProtocol, ({ to: witness, request: { target }, reply: { outcome } }) => {
      if (outcome !== 'reached' || target === witness || strangers.has(witness)) return
      if (heard.get(`${witness} ${target}`) !== cloud.time.now)
        problems.push(`${witness} says that it reached ${target}, which told it nothing`)
    })
    return () => problems.splice(0)
  }
}
