import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sleep } from '@cloudpeer/core'
import { systemClock } from '@cloudpeer/core/system'
import { type DevNode, publishShares, shareOutCatalogue, startDevNetwork } from '@cloudpeer/node/dev'
import { median } from './parts/measure.ts'

const nodesCount = 9
/** Time for the nodes to come to rest after the last copy was made, in ms. */
const settleMs = 5000
const restMs = 15_000
/** Ticks of the kernel's CPU clock in a second: fixed on Linux. */
const ticksPerSecond = 100

/** What a node has used since it started. */
interface Used {
  readonly cpuMs: number
  readonly messages: number
}

const directory = mkdtempSync(join(tmpdir(), 'cloudpeer-bench-'))
const signal = new AbortController().signal
const network = await startDevNetwork({ nodes: nodesCount, directory, apiPort: 0, clock: systemClock, signal })
try {
  const shares = shareOutCatalogue(nodesCount)
  await publishShares(network.nodes, shares, { clock: systemClock, signal })
  await sleep(systemClock, settleMs)
  const before = await usedByAll()
  await sleep(systemClock, restMs)
  const after = await usedByAll()
  const used = after.map(({ cpuMs, messages }, index) => ({
    cpuShare: (cpuMs - (before[index] as Used).cpuMs) / restMs,
    messagesPerSecond: ((messages - (before[index] as Used).messages) / restMs) * 1000
  }))
  console.log(`each of ${nodesCount} nodes at rest, ${shares.flat().length} services among them: median (largest)`)
  show('resident memory, MiB', network.nodes.map(residentMiB), 0)
  show(
    'CPU, % of a core',
    used.map(({ cpuShare }) => cpuShare * 100),
    2
  )
  show(
    'messages a second, both ways',
    used.map(({ messagesPerSecond }) => messagesPerSecond),
    1
  )
} finally {
  await network.stop()
  rmSync(directory, { recursive: true, force: true })
}

function show(name: string, values: readonly number[], digits: number): void {
  console.log(`  ${name.padEnd(32)}${median(values).toFixed(digits).padStart(8)} (${Math.max(...values).toFixed(digits)})`)
}

function usedByAll(): Promise<readonly Used[]> {
  return Promise.all(network.nodes.map(async (node) => ({ cpuMs: cpuMs(node), messages: await messages(node) })))
}

function residentMiB({ process: { pid } }: DevNode): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}

/** User and system time, the 14th and 15th field of proc(5)'s stat; the second one is a name that may hold anything. */
function cpuMs({ process: { pid } }: DevNode): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1000
}

async function messages({ api }: DevNode): Promise<number> {
  const text = await (await fetch(`${api}/metrics`)).text()
  return [...text.matchAll(/^cloudpeer_transport_messages_total\{.*\} (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0)
}
