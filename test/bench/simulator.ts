import { isCloudError, pick } from '@cloudpeer/core'
import { createSimulatedCloud, type SimulatedCloud, workloadSchema } from '@cloudpeer/simulator'
import { cpuShares, simulatorParts } from './parts/cpu-shares.ts'
import { ownProfile, threadCpuMs } from './parts/probe.ts'
import { type Ask, loadCloud } from './parts/simulated-load.ts'

/**
 * What a simulated network costs on one core. Without arguments: messages delivered a second, at rest and with a workload, and where the
 * time goes. `hour <nodes> [bytes]`: a virtual hour in which a tenth of the nodes goes and as many come, with one query a second.
 */
type Passes = 'bytes' | 'values'

/** Node seconds at rest, and queries, that one measurement takes. */
const nodeSeconds = 60_000
const queries = 2_000
const queriesAtOnce = 5
const queryIntervalMs = 20
/** Until a fresh network is at rest, in ms. */
const restMs = 60_000

const churnShare = 0.1
/** Machine numbers of newcomers; those below are for the nodes that were there first. */
const newcomersFrom = 100_000
const hourMs = 3_600_000
const secondMs = 1_000

const [what, size = '1000', passes = 'values'] = process.argv.slice(2)
if (what === 'hour') await hour(Number(size), passes as Passes)
else for (const count of [20, 60, 300]) for (const mode of ['bytes', 'values'] as const) await rates(count, mode)
process.exit(0)

async function rates(count: number, passes: Passes): Promise<void> {
  const cloud = await grown(count, passes)
  await cloud.time.advance(restMs)
  await show(cloud, 'at rest', () => cloud.time.advance((nodeSeconds / count) * 1000))
  const ask = await loadCloud(cloud)
  await show(cloud, 'queries', () => askAll(cloud, ask))
  await cloud.stop()
}

async function grown(count: number, passes: Passes): Promise<SimulatedCloud> {
  const cloud = createSimulatedCloud({ seed: count, schema: workloadSchema, passes })
  const began = threadCpuMs()
  await cloud.grow(count)
  console.log(`${count} nodes, ${passes}: grown in ${seconds(threadCpuMs() - began)}`)
  return cloud
}

async function askAll({ time }: SimulatedCloud, ask: Ask): Promise<void> {
  for (let asked = 0; asked < queries; asked += queriesAtOnce) {
    await time.settle(Promise.all(Array.from({ length: queriesAtOnce }, ask)))
    await time.advance(queryIntervalMs)
  }
}

/** Does the work three times: once until its code is compiled, once by the clock, and once more to see where the time goes, which takes time itself. */
async function show(cloud: SimulatedCloud, name: string, work: () => Promise<unknown>): Promise<void> {
  await work()
  const { deliveries } = cloud.network
  const began = threadCpuMs()
  await work()
  const tookMs = threadCpuMs() - began
  const delivered = cloud.network.deliveries - deliveries
  const shares = cpuShares(await ownProfile(work), simulatorParts).map(([part, share]) => `${part} ${(share * 100).toFixed(0)} %`)
  console.log(`  ${name}: ${perSecond(delivered, tookMs)} messages/s (${delivered} in ${seconds(tookMs)}); ${shares.join(', ')}`)
}

/** One change of the network at a time, evenly spread: a crash, a clean leave or a newcomer; queries meanwhile are not waited for. */
async function hour(count: number, passes: Passes): Promise<void> {
  const cloud = await grown(count, passes)
  const { time, nodes, network } = cloud
  const ask = await loadCloud(cloud)
  const outcomes = new Map<string, number>()
  const note = (outcome: string): void => void outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  const changeEveryMs = hourMs / (2 * churnShare * count)
  const began = threadCpuMs()
  const [start, { deliveries }] = [time.now, network]
  for (let second = 1, changes = 0; second * secondMs <= hourMs; second++) {
    ask().then(
      () => note('answered'),
      (error: unknown) => note(isCloudError(error) ? error.code : String(error))
    )
    for (; changes * changeEveryMs < second * secondMs; changes++) change(cloud, changes)
    await time.runUntil(start + second * secondMs)
    if (second % 600 === 0) console.log(`  ${second / 60} min: ${nodes.length} nodes, ${seconds(threadCpuMs() - began)}, ${memory()}`)
  }
  const tookMs = threadCpuMs() - began
  const delivered = network.deliveries - deliveries
  console.log(
    `  the hour: ${seconds(tookMs)}, ${delivered} messages, ${perSecond(delivered, tookMs)}/s; queries: ${[...outcomes].join(' ')}`
  )
}

function change(cloud: SimulatedCloud, number: number): void {
  if (number % 2 === 1) void cloud.boot(cloud.machine(newcomersFrom + number))
  else if (number % 4 === 0) cloud.crash(pick(cloud.random, cloud.nodes.slice(1)))
  else void pick(cloud.random, cloud.nodes.slice(1)).stop()
}

function perSecond(count: number, tookMs: number): string {
  return Math.round((count / tookMs) * 1000).toLocaleString('en')
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

function memory(): string {
  return `${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB`
}
