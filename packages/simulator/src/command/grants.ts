import { CloudError } from '@cloudpeer/core'
import { drawGrants } from '../swarm/draw-grants.ts'
import { runScenario } from '../swarm/run-scenario.ts'
import { describeScenario, describeVerdict } from '../swarm/telling.ts'
import type { Command } from './command.ts'
import { exitCodes } from './exit-code.ts'
import { readFlags } from './flags.ts'
import { numberIn } from './number-in.ts'
import { createProgressLine } from './progress-line.ts'

/** Grants that are checked unless told otherwise, and the most. */
const grantsDefault = 100_000
const grantsMax = 1_000_000_000

/**
 * `cloudpeer simulate grants`: plays small networks in which leases come and go all the time, one seed after the other, until so many grants
 * were checked, and says which, so that a run can be continued by another. Exit status 1 as soon as anything did not hold.
 */
export const grantsCommand: Command = async (args, { stdout, stderr }) => {
  const text = { type: 'string' } as const
  const { values, positionals } = readFlags(args, { grants: text, seed: text })
  const [surplus] = positionals
  if (surplus !== undefined) throw new CloudError('INVALID', { field: 'grants', problem: `takes no ${surplus.slice(0, 64)}` })
  const wanted = numberIn('grants', values.grants ?? String(grantsDefault), 1, grantsMax)
  const first = numberIn('seed', values.seed ?? '1', 0, 2 ** 30)
  const progress = createProgressLine(stderr)
  let grants = 0
  let seed = first
  for (; grants < wanted; seed++) {
    progress.tell(grants / wanted, `seed ${seed}, ${grants} grants checked`)
    const scenario = drawGrants(seed)
    const verdict = await runScenario(scenario)
    grants += verdict.grants
    if (verdict.violation === undefined) continue
    progress.end()
    stdout.write(`${describeScenario(scenario)}\n${describeVerdict(verdict)}\n`)
    return exitCodes.failed
  }
  progress.end()
  stdout.write(`${grants} grants checked, seeds ${first} to ${seed - 1}: all that must hold held\n`)
  return exitCodes.done
}
