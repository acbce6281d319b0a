import { readFileSync } from 'node:fs'
import { CloudError, errorMessage } from '@cloudpeer/core'
import { type DrawOptions, drawScenario } from '../swarm/draw-scenario.ts'
import { narrate } from '../swarm/narrator.ts'
import { runScenario } from '../swarm/run-scenario.ts'
import type { Scenario } from '../swarm/scenario.ts'
import { parseScenario } from '../swarm/scenario-file.ts'
import { shrink } from '../swarm/shrink.ts'
import { describeScenario, describeVerdict } from '../swarm/telling.ts'
import type { Command } from './command.ts'
import { exitCodes } from './exit-code.ts'
import { readFlags } from './flags.ts'
import type { Io } from './io.ts'
import { numberIn } from './number-in.ts'
import { openDirectory, writeDocuments } from './output-directory.ts'

/** Runs that shrinking may take, unless told otherwise. */
const runsDefault = 200
/** The most seeds of one command. */
const seedsMax = 1_000_000
/** Fewest and most nodes of a network: of two, one that comes back alone waits for the other for ever. */
const nodesMin = 3
const nodesMax = 1_000
/** Largest scenario that is read, in characters. */
const scenarioCharactersMax = 4_000_000

/**
 * `cloudpeer simulate seed N [TO]`: plays the whole networks of one or more seeds, under the faults that each draws, and tells what did
 * not hold. Exit status 1 if anything did not.
 */
export const seedCommand: Command = async (args, io) => {
  const { values, positionals } = readFlags(args, {
    nodes: { type: 'string' },
    trace: { type: 'boolean' },
    shrink: { type: 'boolean' },
    runs: { type: 'string' },
    scenario: { type: 'string' },
    out: { type: 'string' }
  })
  const runsMax = numberIn('runs', values.runs ?? String(runsDefault), 1, 100_000)
  let failures = 0
  for (const scenario of scenariosOf(positionals, sizesIn(values.nodes), values.scenario)) {
    io.stdout.write(`${describeScenario(scenario)}\n`)
    const verdict = await runScenario(scenario, values.trace ? narrate((line) => io.stdout.write(`${line}\n`)) : {})
    io.stdout.write(`${describeVerdict(verdict)}\n`)
    if (verdict.violation === undefined) continue
    failures++
    if (values.shrink) await shrinkTo(scenario, verdict.violation.checker, runsMax, values.out ?? 'simulations', io)
  }
  return failures === 0 ? exitCodes.done : exitCodes.failed
}

/** `N` or `LEAST-MOST`. */
function sizesIn(text: string | undefined): DrawOptions {
  if (text === undefined) return {}
  const [least = '', most = least, ...surplus] = text.split('-')
  if (surplus.length > 0) throw new CloudError('INVALID', { field: 'nodes', problem: 'is one number, or a least and a most, as in 3-9' })
  const min = numberIn('nodes', least, nodesMin, nodesMax)
  return { nodesMin: min, nodesMax: numberIn('most nodes', most, min, nodesMax) }
}

function* scenariosOf([from, to = from, surplus]: readonly string[], sizes: DrawOptions, file: string | undefined): Generator<Scenario> {
  if (surplus !== undefined) throw new CloudError('INVALID', { field: 'seed', problem: 'is one number, or a first and a last one' })
  if (file !== undefined && from !== undefined) throw new CloudError('INVALID', { field: 'scenario', problem: 'is given beside a seed' })
  if (file !== undefined) return yield readScenario(file)
  if (from === undefined || to === undefined) throw new CloudError('INVALID', { field: 'seed', problem: 'is missing' })
  const first = numberIn('seed', from, 0, 2 ** 31 - 1)
  const last = numberIn('last seed', to, first, Math.min(first + seedsMax - 1, 2 ** 31 - 1))
  for (let seed = first; seed <= last; seed++) yield drawScenario(seed, sizes)
}

async function shrinkTo(scenario: Scenario, checker: string, runsMax: number, directory: string, { stdout }: Io): Promise<void> {
  openDirectory(directory)
  const fails = async (smaller: Scenario): Promise<boolean> => (await runScenario(smaller)).violation?.checker === checker
  const progress = (smaller: Scenario, runs: number): void => {
    stdout.write(`run ${runs}: still ${checker} with ${describeScenario(smaller)}\n`)
  }
  const smallest = await shrink(scenario, fails, { runsMax, progress })
  const [path] = writeDocuments(directory, [{ name: `seed-${scenario.seed}.json`, text: `${JSON.stringify(smallest, null, 1)}\n` }])
  stdout.write(`${describeScenario(smallest)}\nreplay it: cloudpeer simulate seed --scenario ${path} --trace\n`)
}

function readScenario(path: string): Scenario {
  return parseScenario(readJson(path))
}

function readJson(path: string): unknown {
  try {
    const text = readFileSync(path, 'utf8')
    if (text.length > scenarioCharactersMax) throw new Error(`it has more than ${scenarioCharactersMax} characters`)
    return JSON.parse(text)
  } catch (error) {
    throw new CloudError('INVALID', { field: 'scenario', problem: errorMessage(error) }, { cause: error })
  }
}
