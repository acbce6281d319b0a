import { statfsSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { isDeepStrictEqual } from 'node:util'
import { isCloudError, type Log } from '@cloudpeer/core'
import { type Capacity, type PlainAttributes, parseAttributes, type Schema } from '@cloudpeer/model'
import type { Labels } from '@cloudpeer/overlay'
import type { CapacityStatus, OwnedCapacity } from '@cloudpeer/provisioning'
import type { Config, ConfiguredCapacity } from '../config/index.ts'

/** What a machine is found to have, as far as it tells. */
export interface MeasuredMachine {
  readonly cpuMilli: number
  readonly memoryMib: number
  /** Free on the disk of the data directory. */
  readonly diskMib: number
  readonly arch: string
  readonly os: string
}

/** Names that catalogues of machines use, where Node's own differ. */
const usualNames: Readonly<Record<string, string>> = { x64: 'x86_64', darwin: 'macos', win32: 'windows' }
const mib = 2 ** 20

/** Measures the machine; the limits of a container count where it has some. */
export function measureMachine(dataDirectory: string): MeasuredMachine {
  const { bavail, bsize } = statfsSync(dataDirectory)
  return {
    cpuMilli: availableParallelism() * 1000,
    memoryMib: Math.floor(Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY) / mib),
    diskMib: Math.floor((bavail * bsize) / mib),
    arch: usualNames[process.arch] ?? process.arch,
    os: usualNames[process.platform] ?? process.platform
  }
}

/** What a node offers: what is configured, and the rest as it was measured. INVALID names an attribute that the schema refuses. */
export function offeredCapacity(
  { capacity, labels }: Pick<Config, 'capacity' | 'labels'>,
  machine: MeasuredMachine,
  schema: Schema
): OwnedCapacity | undefined {
  if (capacity === 'none') return undefined
  const total = totalOf(capacity, machine)
  const attributes = { ...measuredAttributes(total, machine, labels, schema), ...capacity.attributes }
  return { total, attributes: parseAttributes(attributes, schema, 'capacity.attributes') }
}

function totalOf({ cpuMilli, memoryMib, diskMib, gpus = [], others = {} }: ConfiguredCapacity, machine: MeasuredMachine): Capacity {
  return {
    cpuMilli: cpuMilli ?? machine.cpuMilli,
    memoryMib: memoryMib ?? machine.memoryMib,
    diskMib: diskMib ?? machine.diskMib,
    gpus,
    others
  }
}

/** A network's schema may mean something else by the name of what was measured: then it is not said. */
function measuredAttributes(total: Capacity, { arch, os }: MeasuredMachine, { location }: Labels, schema: Schema): PlainAttributes {
  const measured = { arch, os, vcpus: Math.floor(total.cpuMilli / 1000), memory_mib: total.memoryMib, ...(location && { location }) }
  return Object.fromEntries(Object.entries(measured).filter(([name, value]) => isAllowed({ [name]: value }, schema)))
}

function isAllowed(attributes: PlainAttributes, schema: Schema): boolean {
  try {
    parseAttributes(attributes, schema)
    return true
  } catch (error) {
    if (!isCloudError(error, 'INVALID')) throw error
    return false
  }
}

/** What the ledger has counts: an operator who has configured something else meanwhile expects the change, and is told how to make it. */
export function warnOfUnusedCapacity({ capacity }: Pick<Config, 'capacity'>, { state, total }: CapacityStatus, log: Log): void {
  const { attributes: _attributes, ...wanted }: ConfiguredCapacity = capacity === 'none' ? { cpuMilli: 0 } : capacity
  const isUsed = Object.entries(wanted).every(([key, amount]) => isDeepStrictEqual(amount, total[key as keyof Capacity]))
  if (state !== 'idle' && !isUsed) log.warn('the configured capacity is not used: another was set; change it with: cloudpeer capacity set')
}

/** Share by which a measured amount may be less than before without a word: a kernel keeps now more, now less memory for itself. */
const measuredSlack = 0.02

/** What was measured at the first start stays in the ledger: a machine that has become smaller since has promised more than it has. */
export function warnOfSmallMachine(
  { capacity }: Pick<Config, 'capacity'>,
  machine: MeasuredMachine,
  { state, total }: CapacityStatus,
  log: Log
): void {
  const configured: ConfiguredCapacity = capacity === 'none' ? {} : capacity
  for (const amount of ['cpuMilli', 'memoryMib'] as const) {
    const [offered, measured] = [total[amount], machine[amount]]
    if (state === 'idle' || configured[amount] !== undefined || offered * (1 - measuredSlack) <= measured) continue
    log.warn('more is offered than this machine has: change it with: cloudpeer capacity set', { amount, offered, measured })
  }
}
