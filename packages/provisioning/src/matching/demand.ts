import type { PeerId } from '@cloudpeer/core'
import type { Amounts } from '@cloudpeer/model'
import { compareWords, type Debit, type OwnerView, type Word } from './owner-view.ts'
import { hasMore } from './room.ts'

/** What a waiting request asks of the matching. */
export interface Demand {
  /** What tells it from all others. */
  readonly key: string
  readonly requester: PeerId
  /** What each unit is to have. */
  readonly amounts: Amounts
  /** Whether all wanted units are placed at once or none. */
  readonly gang: boolean
  /** Higher goes first. */
  readonly priority: number
  /** How long each lease is to last; absent if for ever. */
  readonly durationMs?: number
  /** Since when it waits, on the matcher's clock. */
  readonly arrivedAt: number
  /** Whether an owner will do, however much it has. */
  accepts(owner: OwnerView): boolean
}

/** Units of one request that one owner is asked to hold. */
export interface Proposal {
  readonly key: string
  readonly owner: PeerId
  /** What is counted on for each unit. */
  readonly debits: Map<number, Debit>
  /** Whether it is on its way: then it takes no more units, and the owner is asked nothing else for this request. */
  sent: boolean
}

/** That an owner denied a request, or did not answer: it is left alone for a while. */
export interface Refusal {
  readonly untilMs: number
  /** How often in a row. */
  readonly times: number
  /** Whether the owner itself denied it, rather than be silent. */
  readonly isDenial: boolean
  /** What the owner had said last. */
  readonly word: Word
}

/** A waiting request with what has become of its units. */
export interface Waiting {
  demand: Demand
  /** The units that the requester still wants, as it told last, ascending. */
  told: readonly number[]
  /** What owners were asked and have not answered. */
  readonly asked: Map<PeerId, Proposal>
  /** The units that an owner holds, and until when the requester may take them. */
  readonly granted: Map<number, number>
  readonly refusals: Map<PeerId, Refusal>
  /** Before this nothing is proposed. */
  notBefore: number
  /** At what version of the pool no owners, all free, could place it. */
  hopelessAt?: number
  /** How many units of a gang had no room when all owners were looked at last, without those for which owners have gained room since. */
  missing: number
}

/** A request that has just come. */
export function waitingFrom(demand: Demand, told: readonly number[], notBefore: number): Waiting {
  return { demand, told, asked: new Map(), granted: new Map(), refusals: new Map(), notBefore, missing: 0 }
}

/** The units that are to be placed now, ascending. */
export function wantedUnits({ told, asked, granted }: Waiting): readonly number[] {
  if (asked.size === 0 && granted.size === 0) return told
  const isAsked = (unit: number): boolean => [...asked.values()].some(({ debits }) => debits.has(unit))
  return told.filter((unit) => !granted.has(unit) && !isAsked(unit))
}

/** Whether a request may be proposed to an owner: nothing is on its way there, and the owner has not just refused it. */
export function mayAsk({ asked, refusals }: Waiting, { owner, word }: OwnerView, now: number): boolean {
  if (asked.get(owner)?.sent) return false
  const refusal = refusals.get(owner)
  return refusal === undefined || now >= refusal.untilMs || ends(word, refusal)
}

/**
 * Whether an owner's word ends a refusal early: after silence any later one, after a denial one of another start, of another state, or of more room.
 * Each answer is a later word: were that enough, two requests that an owner denies would end each other's refusals for ever.
 */
function ends(word: Word, { word: before, isDenial }: Refusal): boolean {
  if (compareWords(word, before) <= 0) return false
  return !isDenial || word.epoch > before.epoch || word.state !== before.state || hasMore(word.free, before.free)
}
