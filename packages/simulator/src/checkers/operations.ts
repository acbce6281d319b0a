import { isCloudError } from '@cloudpeer/core'
import { registryDefaults } from '@cloudpeer/registry'
import type { Checker } from './checker.ts'

/** Beyond an operation's own limit, in ms: a frozen node counts no time, and a slow one takes some to answer. */
const slackMs = 5_000

/** I12: each operation ends by its deadline with a result or a typed error, at a node that was left alone. */
export const operationsEnd: Checker = {
  name: 'anytime_operations_end',
  watch({ history, cloud, disturbedAt }) {
    const problems: string[] = []
    history.onFailure(({ id, kind, machine, fromMs, untilMs, error }) => {
      const limitMs = kind.endsWith('query') ? registryDefaults.queryTimeoutMs : registryDefaults.acknowledgeTimeoutMs
      const undisturbed = disturbedAt(cloud.machine(machine).peer) < fromMs
      if (!isCloudError(error))
        problems.push(`operation ${id}, a ${kind}, failed with a bug: ${error instanceof Error ? error.stack : error}`)
      else if (undisturbed && untilMs - fromMs > limitMs + slackMs)
        problems.push(`operation ${id}, a ${kind}, took ${untilMs - fromMs} ms to fail with ${error.code}`)
    })
    return () => problems.splice(0)
  }
}
