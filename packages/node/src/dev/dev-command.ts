import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isCloudError } from '@cloudpeer/core'
import { createSystemRandom, systemClock } from '@cloudpeer/core/system'
import { aborted, listenForStop } from '../daemon/stop-signal.ts'
import { printError } from '../terminal.ts'
import { shareOutCatalogue } from './catalogue/catalogue.ts'
import { describeChaos } from './chaos/chaos-report.ts'
import { runChaos } from './chaos/run-chaos.ts'
import { describeWaiting, waitingDocument } from './describe-waiting.ts'
import { type DevNetwork, startDevNetwork } from './dev-network.ts'
import { type DevOptions, readDevOptions } from './dev-options.ts'
import { createProgress, type Progress } from './progress.ts'
import { publishShares } from './publish.ts'
import { describeNext, describeResult, duration } from './report.ts'
import { askAndCompare, type Published, type TourResult } from './take-tour.ts'
import { tour } from './tour.ts'
import { takeWaitingTour } from './waiting-tour.ts'

/** How the network came up. */
interface Begun {
  readonly nodes: number
  readonly services: number
  readonly startedMs: number
  readonly registeredMs: number
}

/** `cloudpeer dev`: a whole network on this machine, and then a tour of queries and a playground, or chaos. Resolves with the exit status. */
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
    progress.done(`${options.nodes} nodes know each other after ${duration(startedMs)}`)
    const { published, registeredMs } = await publishCatalogue(network, progress, signal)
    const begun = { nodes: options.nodes, services: published.length, startedMs, registeredMs }
    if (options.chaos !== undefined) return await showChaos(network, published, begun, options, progress, signal)
    const equal = await showTour(network, published, begun, options, signal)
    if (!options.exit) await stay(network, signal)
    return equal || !options.exit ? 0 : 1
  } finally {
    await network.stop()
  }
}

async function publishCatalogue(
  { nodes }: DevNetwork,
  progress: Progress,
  signal: AbortSignal
): Promise<{ readonly published: readonly Published[]; readonly registeredMs: number }> {
  const shares = shareOutCatalogue(nodes.length)
  const published = nodes.flatMap(({ index, peerId }) => (shares[index] ?? []).map((service) => ({ ...service, owner: peerId })))
  const startMs = systemClock.now()
  const onProgress = (done: number): void => progress.step(`registering services: ${done} of ${published.length}`)
  await publishShares(nodes, shares, { clock: systemClock, signal, onProgress })
  const registeredMs = Math.round(systemClock.now() - startMs)
  progress.done(`${published.length} services registered after ${duration(registeredMs)}`)
  return { published, registeredMs }
}

/** Whether all answers were right, and the one request granted that can be. */
async function showTour(
  network: DevNetwork,
  published: readonly Published[],
  begun: Begun,
  options: DevOptions,
  signal: AbortSignal
): Promise<boolean> {
  const { nodes } = network
  const results: TourResult[] = []
  for (const [index, query] of tour.entries()) {
    const node = nodes[(index * 2 + 1) % nodes.length] as (typeof nodes)[number]
    const result = await askAndCompare(query, node, published, signal)
    results.push(result)
    if (!options.json) process.stdout.write(describeResult(result, index + 1))
  }
  const waiting = await takeWaitingTour(network, systemClock, signal)
  if (options.json) printDocument({ ...begun, queries: results.map(queryDocument), waiting: waitingDocument(waiting) })
  else process.stdout.write(describeWaiting(waiting, results.length + 1))
  if (!options.json && !options.exit) process.stdout.write(describeNext(nodes, published.length))
  return waiting.right && results.every(({ equal }) => equal)
}

/** The exit status: 0 only if nothing was wrong. */
async function showChaos(
  network: DevNetwork,
  published: readonly Published[],
  begun: Begun,
  options: DevOptions,
  progress: Progress,
  signal: AbortSignal
): Promise<number> {
  const seed = options.seed ?? createSystemRandom().integer(2 ** 31)
  const durationMs = (options.chaos ?? 0) * 1000
  progress.done(`trouble for ${duration(durationMs)}, seed ${seed}`)
  const startMs = systemClock.now()
  const onProgress = (line: string): void => progress.done(`${duration(systemClock.now() - startMs).padStart(8)}  ${line}`)
  const report = await runChaos({ network, published, seed, durationMs, clock: systemClock, signal, onProgress })
  if (options.json) printDocument({ ...begun, chaos: report })
  else process.stdout.write(describeChaos(report))
  return report.ok ? 0 : 1
}

function printDocument(document: unknown): void {
  process.stdout.write(`${JSON.stringify(document)}\n`)
}

function queryDocument({ query, matches, expected, equal, partial, nodesAsked, messages, latencyMs }: TourResult): unknown {
  return { expression: query.expression, matches: matches.length, expected, equal, partial, nodesAsked, messages, latencyMs }
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
