import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { allRequests, isUndecided } from '@cloudpeer/api'
import { type Clock, isCloudError, seededRandom, sleep } from '@cloudpeer/core'
import { createSystemRandom, systemClock } from '@cloudpeer/core/system'
import { type DevNetwork, startDevNetwork } from '@cloudpeer/node/dev'
import { Judge } from './judge.ts'
import { StandIns } from './stand-ins.ts'
import { type Done, keepAsking, keepKilling } from './trouble.ts'

/** How one run came out. */
export interface OverAllocationReport {
  readonly seed: number
  readonly seconds: number
  readonly kills: number
  readonly asked: number
  readonly givenBack: number
  readonly changed: number
  /** Leases that were seen to be active. */
  readonly leases: number
  readonly samples: number
  readonly runningMax: number
  /** Leases in ledgers, and processes, that were left when everything was given back; 0 and 0. */
  readonly rowsLeft: number
  readonly processesLeft: number
  readonly faults: readonly string[]
}

/** How a run is made. */
export interface OverAllocationInit {
  readonly nodes: number
  readonly durationMs: number
  readonly seed: number
  readonly clock: Clock
  readonly onProgress?: (line: string) => void
}

/** Of all leases: short, so that they end while their requesters are dead. */
const leaseMs = 4000
/** Longer than a hold, a lease, and the longest quarantine after them. */
const healMs = 30_000
const lookEveryMs = 150
const capacity = { cpu: 4, memory: '8GiB', disk: '10GiB', gpus: [{ model: 'T4' }] }

/**
 * Nodes in processes of their own, which are killed at random moments while all of them ask for each other's capacity, and a judge that
 * compares ledgers and processes with what there is. In the end all is given back, and nothing may be left.
 */
export async function runOverAllocation({ nodes, durationMs, seed, clock, onProgress }: OverAllocationInit): Promise<OverAllocationReport> {
  const directory = mkdtempSync(join(tmpdir(), 'cloudpeer-over-allocation-'))
  const standIns = new StandIns(join(directory, 'stand-ins'))
  const settings = { capacity, leaseMs, workload: standIns.command }
  const network = await startDevNetwork({ nodes, directory, apiPort: 0, clock, signal: new AbortController().signal, settings })
  try {
    const done: Done = { asked: 0, givenBack: 0, changed: 0, kills: 0, down: new Set(), wrong: new Set() }
    const owners = network.nodes.map(({ index, peerId, process: { directory } }) => ({
      peerId,
      directory,
      isUp: () => !done.down.has(index)
    }))
    const judge = new Judge(owners, standIns)
    await trouble(network, judge, done, { durationMs, seed, clock, onProgress })
    await giveAllBack(network, judge, clock)
    return {
      seed,
      seconds: durationMs / 1000,
      kills: done.kills,
      asked: done.asked,
      givenBack: done.givenBack,
      changed: done.changed,
      leases: judge.leasesSeen,
      samples: judge.samples,
      runningMax: judge.runningMax,
      rowsLeft: judge.rows,
      processesLeft: judge.running,
      faults: [...judge.faults, ...done.wrong]
    }
  } finally {
    await network.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}

async function trouble(
  network: DevNetwork,
  judge: Judge,
  done: Done,
  { durationMs, seed, clock, onProgress }: Pick<OverAllocationInit, 'durationMs' | 'seed' | 'clock' | 'onProgress'>
): Promise<void> {
  const over = new AbortController()
  const parts = (stream: number) => ({ network, random: seededRandom(seed * 100 + stream), clock, signal: over.signal })
  const running = [...network.nodes.map(({ index }) => keepAsking(parts(index + 1), index, done)), keepKilling(parts(0), done)]
  const endMs = clock.now() + durationMs
  let toldMs = clock.now()
  while (clock.now() < endMs && judge.faults.size === 0) {
    judge.look()
    if (clock.now() - toldMs > 10_000) {
      toldMs = clock.now()
      onProgress?.(
        `${Math.round((endMs - toldMs) / 1000)} s left: ${done.kills} kills, ${judge.leasesSeen} leases, ${judge.running} processes`
      )
    }
    await sleep(clock, lookEveryMs)
  }
  over.abort()
  await Promise.all(running)
}

/** Cancels everything, and waits until owners and machines know it: leases of requesters that forgot them end by themselves. */
async function giveAllBack({ nodes }: DevNetwork, judge: Judge, clock: Clock): Promise<void> {
  const endMs = clock.now() + healMs
  for (const { client } of nodes) {
    const open = (await allRequests(client)).filter(({ state }) => state === 'granted' || isUndecided({ state }))
    for (const { id } of open) await client.cancelRequest({ id }).catch(unlessEnded)
  }
  while (clock.now() < endMs && (judge.rows > 0 || judge.running > 0)) {
    judge.look()
    await sleep(clock, lookEveryMs)
  }
}

/** It may have ended by itself since it was listed. */
function unlessEnded(error: unknown): void {
  if (!isCloudError(error, 'REQUEST_ENDED')) throw error
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { minutes: { type: 'string', default: '10' }, nodes: { type: 'string', default: '9' }, seed: { type: 'string' } }
  })
  const report = await runOverAllocation({
    nodes: Number(values.nodes),
    durationMs: Number(values.minutes) * 60_000,
    seed: Number(values.seed ?? createSystemRandom().integer(2 ** 24)),
    clock: systemClock,
    onProgress: (line) => process.stderr.write(`${line}\n`)
  })
  process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`)
  process.exit(report.faults.length === 0 && report.rowsLeft === 0 && report.processesLeft === 0 ? 0 : 1)
}
