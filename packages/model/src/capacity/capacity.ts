/** A graphics processor of a machine. */
export interface Gpu {
  /** Such as `V100M32`. */
  readonly model: string
  /** How much of it: 1000 is all of it. */
  readonly milli: number
}

/**
 * What a machine has, or what of it is free, in whole numbers: there is no rounding in a ledger. Of GPUs each is told by itself, in the
 * machine's own order, free ones and others alike: a share of a GPU is taken from one, never from two.
 */
export interface Capacity {
  /** Thousandths of a processor. */
  readonly cpuMilli: number
  readonly memoryMib: number
  readonly diskMib: number
  readonly gpus: readonly Gpu[]
  /** Whatever else the operator declares, such as licences or ports, by name. */
  readonly others: Readonly<Record<string, number>>
}

/** What one lease is to give. */
export interface Amounts {
  readonly cpuMilli: number
  readonly memoryMib: number
  readonly diskMib: number
  readonly gpu?: GpuAmount
  readonly others: Readonly<Record<string, number>>
}

/** GPUs of one machine, the same of each. */
export interface GpuAmount {
  /** How many different GPUs. */
  readonly count: number
  /** How much of each, 1 to 1000. */
  readonly milli: number
  /** The models that will do; any if it is empty. */
  readonly models: readonly string[]
}

/** What a lease takes of one machine: amounts, and which GPUs they come from. */
export interface Allocation {
  readonly cpuMilli: number
  readonly memoryMib: number
  readonly diskMib: number
  /** GPUs by their place in the machine, ascending, and how much of each. */
  readonly gpus: readonly GpuShare[]
  readonly others: Readonly<Record<string, number>>
}

/** A part of the GPU at one place of a machine. */
export interface GpuShare {
  readonly place: number
  readonly milli: number
}

/** The largest amount of anything: what a JSON number and a column of SQLite both hold exactly, with room for sums. */
export const amountMax = 2 ** 40
/** All of a GPU, in thousandths. */
export const gpuMilliMax = 1000
/** The most GPUs of a machine. */
export const gpusMax = 64
/** The most other amounts of a machine. */
export const othersMax = 16
