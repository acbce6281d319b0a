import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isCloudError } from '@cloudpeer/core'
import { systemClock } from '@cloudpeer/core/system'
import { aborted, listenForStop } from '../daemon/stop-signal.ts'
import { printError } from '../terminal.ts'
import { shareOutCatalogue } from './catalogue/catalogue.ts'
import { type DevNetwork, startDevNetwork } from './dev-network.ts'
import { type DevOptions, readDevOptions } from './dev-options.ts'
import { createProgress, type Progress } from './progress.ts'
import { publishShares } from './publish.ts'
import { describeNext, describeResult } from './report.ts'
import { askAndCompare, type TourResult } from './take-tour.ts'
import { tour } from './tour.ts'

/** What the network and its tour came to. */
interface Outcome {
  readonly nodes: number
  readonly services: number
  readonly startedMs: number
  readonly registeredMs: number
  readonly results: readonly TourResult[]
}

/** `cloudpeer dev`: a whole network on this machine, a tour of queries, and then a playground. Resolves with the exit status. */
export async function devCommand(args: readonly string[]): Promise<number> {
  let options: DevOptions
  try {
    options = readDevOptions(args)
  } catch (error) {
    if (!isCloudError(error)) throw error
    return printError(error, 2)
  }
  using stop = listenForStop(systemClock)
  const directory = options.data ?? mkdtempSync(join(tmpdir(), 'cloudpeer-dev-'))
  try {
    return await runNetwork(options, directory, stop.signal)
  } catch (error) {
    if (stop.signal.aborted) return 0
    if (!isCloudError(error)) throw error
    return printError(error, 1)
  } finally {
    if (options.data === undefined) rmSync(directory, { recursive: true, force: true })
  }
}

async function runNetwork(options: DevOptions, directory: string, signal: AbortSignal): Promise<number> {
  const progress = createProgress(options.json ? process.stderr : process.stdout)
  const startMs = systemClock.now()
  const onProgress = (up: number): void => progress.step(`starting nodes: ${up} of ${options.nodes}`)
  const network = await startDevNetwork({ ...options, directory, clock: systemClock, signal, onProgress })
  try {
    const startedMs = Math.round(systemClock.now() - startMs)
    progress.done(`${options.nodes} nodes know each other after ${seconds(startedMs)}`)
    const outcome = await showNetwork(network, startedMs, options, progress, signal)
    if (!options.exit) await stay(network, signal)
    return outcome.results.every(({ equal }) => equal) || !options.exit ? 0 : 1
  } finally {
    await network.stop()
  }
}

async function showNetwork(
  { nodes }: DevNetwork,
  startedMs: number,
  options: DevOptions,
  progress: Progress,
  signal: AbortSignal
): Promise<Outcome> {
  const shares = shareOutCatalogue(nodes.length)
  const published = nodes.flatMap(({ index, peerId }) => (shares[index] ?? []).map((service) => ({ ...service, owner: peerId })))
  const startMs = systemClock.now()
  const onProgress = (done: number): void => progress.step(`registering services: ${done} of ${published.length}`)
  await publishShares(nodes, shares, { clock: systemClock, signal, onProgress })
  const registeredMs = Math.round(systemClock.now() - startMs)
  progress.done(`${published.length} services registered after ${seconds(registeredMs)}`)
  const results: TourResult[] = []
  for (const [index, query] of tour.entries()) {
    const node = nodes[(index * 2 + 1) % nodes.length] as (typeof nodes)[number]
    const result = await askAndCompare(query, node, published, signal)
    results.push(result)
    if (!options.json) process.stdout.write(describeResult(result, index + 1))
  }
  const outcome = { nodes: nodes.length, services: published.length, startedMs, registeredMs, results }
  if (options.json) process.stdout.write(`${JSON.stringify(documentOf(outcome))}\n`)
  else if (!options.exit) process.stdout.write(describeNext(nodes, published.length))
  return outcome
}

function documentOf({ results, ...outcome }: Outcome): unknown {
  const queries = results.map(({ query, matches, expected, equal, partial, nodesAsked, messages, latencyMs }) => {
    return { expression: query.expression, matches: matches.length, expected, equal, partial, nodesAsked, messages, latencyMs }
  })
  return { ...outcome, queries }
}

/** Waits for the end, telling of nodes that go before it. */
async function stay({ nodes }: DevNetwork, signal: AbortSignal): Promise<void> {
  for (const { index, process: child } of nodes) {
    void child.ended.then(() => {
      if (!signal.aborted) process.stderr.write(`node ${index} (process ${child.pid}) has ended\n`)
    })
  }
  await aborted(signal)
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
