import type { Random } from '@cloudpeer/core'
import type { Machine } from '../cloud/machine.ts'
import type { SimulatedCloud } from '../cloud/simulated-cloud.ts'

/** How long a fault lasts, on how many machines, and how much of it: what chance draws from. */
export interface FaultRange {
  readonly forMs: readonly [min: number, max: number]
  /** A number of machines, or a share of all where both are below 1. */
  readonly machines: readonly [min: number, max: number]
  readonly amount: readonly [min: number, max: number]
}

/** Ends a fault. */
export type Lift = () => void | Promise<void>

/** Where a fault strikes. */
export interface Struck {
  readonly cloud: SimulatedCloud
  readonly machines: readonly Machine[]
  readonly amount: number
  /** A source of its own: other faults do not change what it draws. */
  readonly random: Random
  /** Says that the fault did something: a machine that is down cannot go down. */
  tookEffect(): void
}

/** Something that goes wrong in networks or machines. */
export interface Fault {
  /** The field's name for it. */
  readonly kind: string
  readonly range: FaultRange
  /**
   * What it does to the owners on its machines: 'disturbed' ones may be missed by answers while it lasts and for some time afterwards;
   * 'lost' ones may not have their services back, because their disk has not.
   */
  readonly owners: 'untouched' | 'disturbed' | 'lost'
  /** Whether a network that has one of these at a time, on one machine, may not miss anything. */
  readonly gentle: boolean
  /** Whether it is about leases alone: they draw it. */
  readonly ofLeases?: boolean
  /** Whether it is drawn for disks that wear out, apart from all others. */
  readonly ofDisks?: boolean
  /** Whether it is about machines that have not been there before. */
  readonly newcomers?: boolean
  strike(struck: Struck): Lift
}
