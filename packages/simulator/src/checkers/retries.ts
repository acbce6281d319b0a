import type { PeerId } from '@cloudpeer/core'
import { writeProtocol } from '@cloudpeer/registry/protocols'
import type { Checker } from './checker.ts'

/** Writes to one replica that may fail within a span, in ms: several times what waits that double let through. */
const failuresMax = 40
const spanMs = 10_000

/** L5: whoever cannot write to a replica waits longer after each failure, and does not add to what is wrong there. */
export const writersWaitLonger: Checker = {
  name: 'anytime_writers_wait_longer',
  watch({ cloud, exchanges }) {
    const problems: string[] = []
    /** By writer and replica, when the last writes failed. */
    const failed = new Map<string, number[]>()

    function fail(from: PeerId, to: PeerId): void {
      const times = (failed.get(`${from} ${to}`) ?? []).filter((ms) => ms > cloud.time.now - spanMs)
      failed.set(`${from} ${to}`, [...times, cloud.time.now])
      if (times.length === failuresMax) problems.push(`${from} wrote more than ${failuresMax} times in ${spanMs} ms to ${to}, in vain`)
    }

    exchanges.onFailed(writeProtocol, ({ from, to }) => fail(from, to))
    exchanges.onReplied(writeProtocol, ({ from, to, reply }) => {
      if (reply.failed.length > 0) fail(from, to)
    })
    return () => problems.splice(0)
  }
}
