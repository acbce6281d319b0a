import { silentLog } from '@cloudpeer/core'
import { createSystemRandom, systemClock } from '@cloudpeer/core/system'
import { type Config, startNode } from '@cloudpeer/node'
import { answerProbes } from './probe.ts'

/** A process of its own that runs a whole node, as `cloudpeer start` does, told its configuration over IPC; it says what it is when it is ready. */
process.once('message', async (config: Config) => {
  const { ready } = await startNode(
    config,
    { clock: systemClock, random: createSystemRandom(), log: silentLog },
    new AbortController().signal
  )
  answerProbes()
  process.once('disconnect', () => process.exit(0))
  process.send?.(ready)
})
