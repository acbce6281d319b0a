import { CloudError } from '@cloudpeer/core'
import { type Amounts, amountMax, type Capacity, gpusMax } from '@cloudpeer/model'
import { type CsvRow, type ReadFile, readCsv } from './csv-table.ts'
import type { Job } from './job.ts'
import { quantile } from './statistics.ts'

/** Machines of a trace that are read at most. */
const machinesMax = 100_000
/** The latest moment of a trace, in s: ten years. */
const secondsMax = 10 * 366 * 86_400

/** A real cluster, and what was asked of it. */
export interface Trace {
  readonly machines: readonly Capacity[]
  /** By ascending arrival, the first at 0; each of one unit, its quality of service as its group. */
  readonly jobs: readonly Job[]
}

/**
 * Reads `nodes.csv` and `pods.csv` in the form of Alibaba's cluster-trace-gpu-v2023. A request that was never scheduled
 * there is taken to last as long as the median of those that were. INVALID, naming file, line and column.
 */
export function readTrace(directory: string, readFile: ReadFile): Trace {
  const machines = readCsv(directory, 'nodes.csv', readFile).map(machineFrom)
  const pods = readCsv(directory, 'pods.csv', readFile).map(podFrom)
  if (machines.length === 0 || machines.length > machinesMax) throw invalid('nodes.csv', `has ${machines.length} machines`)
  if (pods.length === 0) throw invalid('pods.csv', 'has no requests')
  return { machines, jobs: jobsFrom(pods) }
}

/** What a line of `pods.csv` says. */
interface Pod {
  readonly quality: string
  readonly amounts: Amounts
  readonly createdMs: number
  readonly ranMs: number | undefined
}

function machineFrom(row: CsvRow): Capacity {
  const gpus = row.whole('gpu', gpusMax)
  return {
    cpuMilli: row.whole('cpu_milli', amountMax),
    memoryMib: row.whole('memory_mib', amountMax),
    diskMib: 0,
    gpus: Array.from({ length: gpus }, () => ({ model: row.text('model'), milli: 1000 })),
    others: {}
  }
}

function podFrom(row: CsvRow): Pod {
  const scheduled = row.optional('scheduled_time', secondsMax)
  const deleted = row.whole('deletion_time', secondsMax)
  return {
    quality: row.text('qos'),
    amounts: amountsFrom(row),
    createdMs: row.whole('creation_time', secondsMax) * 1000,
    ranMs: scheduled === undefined ? undefined : Math.max(1, deleted - scheduled) * 1000
  }
}

function amountsFrom(row: CsvRow): Amounts {
  const count = row.whole('num_gpu', gpusMax)
  const models = row.text('gpu_spec').split('|').filter(Boolean)
  return {
    cpuMilli: row.whole('cpu_milli', amountMax),
    memoryMib: row.whole('memory_mib', amountMax),
    diskMib: 0,
    ...(count > 0 && { gpu: { count, milli: Math.max(1, row.whole('gpu_milli', 1000)), models } }),
    others: {}
  }
}

function jobsFrom(pods: readonly Pod[]): readonly Job[] {
  const medianMs = quantile(
    pods.flatMap(({ ranMs }) => ranMs ?? []),
    0.5
  )
  const sorted = pods.toSorted((a, b) => a.createdMs - b.createdMs)
  const firstMs = sorted[0]?.createdMs ?? 0
  return sorted.map(({ quality, amounts, createdMs, ranMs }, id) => ({
    id,
    group: quality,
    arrivesMs: createdMs - firstMs,
    durationMs: ranMs ?? Math.max(1, medianMs),
    count: 1,
    amounts
  }))
}

function invalid(field: string, problem: string): CloudError {
  return new CloudError('INVALID', { field, problem })
}
