import { corruptRows, failedCommits, fullDisk, lostLedger, lostWrites, misdirectedWrites, slowDisk } from './disk.ts'
import type { Fault } from './fault.ts'
import { clog, delay, drift, flapping, jump, loss, narrowness, nonTransitivePartition, oneWayPartition, partition } from './network.ts'
import {
  blackout,
  bootstrapLoss,
  churn,
  crash,
  death,
  freeze,
  join,
  leave,
  lostDisk,
  massJoin,
  oldSnapshot,
  powerCut,
  powerLoss,
  slowness,
  stop,
  stutter
} from './process.ts'

const all: readonly Fault[] = [
  crash,
  blackout,
  stop,
  leave,
  death,
  powerLoss,
  powerCut,
  freeze,
  stutter,
  slowness,
  lostDisk,
  oldSnapshot,
  join,
  massJoin,
  bootstrapLoss,
  churn,
  partition,
  oneWayPartition,
  nonTransitivePartition,
  flapping,
  clog,
  loss,
  delay,
  narrowness,
  drift,
  jump,
  fullDisk,
  failedCommits,
  corruptRows,
  misdirectedWrites,
  lostWrites,
  slowDisk,
  lostLedger
]

/** All kinds of faults, by name. */
export const faults: ReadonlyMap<string, Fault> = new Map(all.map((fault) => [fault.kind, fault]))
