import { pick, type Random } from '@cloudpeer/core'
import type { Capacity } from '@cloudpeer/model'
import type { PlainDescription } from './records.ts'

/** What one machine has, and by which attributes it is found: each has one value at most, and a tenth of them is missing. */
export interface MachineCapacity {
  readonly total: Capacity
  readonly attributes: PlainDescription['attributes']
}

/** Models of GPUs. */
export const gpuModels = ['T4', 'V100', 'A100'] as const
/** Where machines are. */
export const machineRegions = ['eu', 'us', 'ap'] as const
/** Dimensions that the space of capacity can have: scenarios take the first few of them. */
export const capacityDimensions = [
  { attribute: 'cores', min: 2, max: 32, scale: 'log' },
  { attribute: 'region', values: ['ap', 'eu', 'us'] },
  { attribute: 'cpu', min: 1_000, max: 64_000, scale: 'log' },
  { attribute: 'gpus', min: 0, max: 4 }
] as const
/** Share of the attributes that are missing, and of the machines that have GPUs. */
const missingShare = 0.1
const gpuShare = 0.4

/** Draws a machine: from a small one that few requests fill to a large one. */
export function drawCapacity(random: Random): MachineCapacity {
  const cores = drawCores(random)
  const present = (): boolean => random.next() >= missingShare
  return {
    total: {
      cpuMilli: cores * 1000,
      memoryMib: cores * pick(random, [1024, 2048, 4096]),
      diskMib: 10_240 * (1 + random.integer(10)),
      gpus:
        random.next() < gpuShare
          ? Array.from({ length: 1 + random.integer(4) }, () => ({ model: pick(random, gpuModels), milli: 1000 }))
          : [],
      others: random.next() < 0.2 ? { licences: 1 + random.integer(4) } : {}
    },
    attributes: {
      ...(present() && { region: pick(random, machineRegions) }),
      ...(present() && { cores }),
      ...(present() && { managed: random.next() < 0.5 })
    }
  }
}

/** Draws a number of cores that machines have. */
export function drawCores(random: Random): number {
  return 2 ** (1 + random.integer(5))
}

/** A part of a machine that its operator gives away for now: of each amount between half and all. */
export function drawShare(random: Random, { total, attributes }: MachineCapacity): MachineCapacity {
  const part = (whole: number): number => Math.ceil(whole * (0.5 + random.next() / 2))
  const { cpuMilli, memoryMib, diskMib } = total
  return { total: { ...total, cpuMilli: part(cpuMilli), memoryMib: part(memoryMib), diskMib: part(diskMib) }, attributes }
}
