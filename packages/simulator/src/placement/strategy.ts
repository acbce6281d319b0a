import type { VirtualTime } from '@cloudpeer/core/virtual-time'
import type { Capacity } from '@cloudpeer/model'
import type { Job } from './job.ts'

/** What a strategy places jobs on. */
export interface ClusterInit {
  readonly seed: number
  readonly machines: readonly Capacity[]
  /** One way's time of a message, in ms. */
  readonly oneWayMs: number
  /** The longest time between two attempts of those that try again by themselves, in ms. */
  readonly retryMsMax: number
}

/** That a job has all of its units. */
export interface Placed {
  /** From its arrival until whoever asked knows, in ms. */
  readonly waitedMs: number
  /** From its arrival until the last of its grants was there, signed; absent where nothing is signed. */
  readonly grantedMs?: number
}

/** What placing took so far. */
export interface Effort {
  /** How often a machine was asked to take a unit. */
  readonly attempts: number
  /** One-way messages; absent where none are modelled. */
  readonly messages?: number
}

/** Machines under one strategy, in virtual time. */
export interface Cluster {
  readonly time: VirtualTime
  readonly effort: Effort
  /** Asks for a job's units now; resolves once it has them all, and gives them back after its duration. May never resolve. */
  place(job: Job): Promise<Placed>
  stop(): Promise<void>
}

/** A way to find machines for jobs, to be compared with others. */
export interface Strategy {
  readonly name: string
  /** What a chart calls it. */
  readonly title: string
  /** One sentence on what it does. */
  readonly about: string
  /** Its place in the palette; those that are compared with each other have different ones. */
  readonly colour: number
  deploy(init: ClusterInit): Promise<Cluster>
}
