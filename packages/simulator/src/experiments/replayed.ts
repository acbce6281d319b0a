import type { Capacity } from '@cloudpeer/model'
import type { Job } from '../placement/job.ts'
import { readTrace } from '../placement/trace.ts'
import type { Settings } from './parameters.ts'

/** What is replayed, and on what. */
export interface Replayed {
  readonly machines: readonly Capacity[]
  readonly jobs: readonly Job[]
  /** When it ends, in ms from the first arrival. */
  readonly untilMs: number
  /** GPUs of all machines, in thousandths. */
  readonly gpuMilli: number
}

/** How long after the last arrival a grant still counts, in ms. */
const graceMs = 600_000

/** The trace that the settings name, on as many of its machines, and as fast, as they say. */
export function replayedBy(settings: Settings, readFile: (path: string) => Uint8Array): Replayed {
  const trace = readTrace(settings.path('trace'), readFile)
  const [load, every] = [settings.number('load'), settings.number('every')]
  const machines = trace.machines.filter((_, place) => place % every === 0)
  const jobs = trace.jobs.map((job) => ({ ...job, arrivesMs: job.arrivesMs / load }))
  const gpuMilli = machines.reduce((sum, { gpus }) => sum + gpus.length * 1000, 0)
  return { machines, jobs, untilMs: (jobs.at(-1)?.arrivesMs ?? 0) + graceMs, gpuMilli }
}
