import type { PeerId } from '@cloudpeer/core'
import { type Allocation, type Amounts, type Capacity, fits, otherAmount } from '@cloudpeer/model'
import { type Choice, choicesAt } from './choice.ts'
import type { Waiting } from './demand.ts'
import { type Ending, endingsOf, type OwnerView } from './owner-view.ts'
import { givenBack, mayHold, without } from './room.ts'

/** Ends of leases that are looked at for one reservation: beyond, that would take longer than what it reserves lasts. */
const endingsMax = 20_000
/** A lease that outlasts its estimate is expected to end after this, in ms. */
const overdueMs = 1_000
/** By how much the holder may be put off so that others may have what is free already, in ms: leases of one request end within such a time. */
const putOffMs = 1_000

/**
 * That a request which cannot be placed will have room at `shadowAt`, and where. Others go before it only if they do not delay it: EASY
 * backfill (D. Lifka, The ANL/IBM SP scheduling system, 1995).
 */
export interface Reservation {
  readonly holder: Waiting
  /** When it was made, and when there is room for it, on the matcher's clock. */
  readonly madeAt: number
  readonly shadowAt: number
  /** When the last of the owners that it needs has room: put off once for all, by however many reservations. */
  readonly latestAt: number
  /** What each of the owners that it needs will have besides at that time. */
  readonly spare: Map<PeerId, Capacity>
}

/** An owner as it will be. */
interface Forecast {
  readonly owner: OwnerView
  /** When it had more room last. */
  grownAt: number
  free: Capacity
  units: readonly Choice[]
}

interface OwnersEnding extends Ending {
  readonly forecast: Forecast
}

/**
 * The earliest time at which `count` units have room at some of the owners, by what is known of their leases; undefined if never. Of owners
 * that have room by then, those are kept that have it last. `last` is the reservation that this one takes the place of.
 */
export function reserve(
  holder: Waiting,
  count: number,
  owners: readonly OwnerView[],
  now: number,
  last?: Reservation
): Reservation | undefined {
  const { amounts } = holder.demand
  const forecasts = owners
    .filter(({ total }) => fits(total, amounts))
    .map((owner): Forecast => ({ owner, grownAt: now, free: owner.free, units: choicesAt(owner, amounts, count) }))
  let units = forecasts.reduce((sum, forecast) => sum + forecast.units.length, 0)
  let [shadowAt, latestAt] = [now, now]
  for (const { forecast, allocation, endsAt } of endingsInOrder(forecasts, now)) {
    if (units >= count && endsAt > latestAt) break
    if (units < count) [shadowAt, latestAt] = [endsAt, latestFrom(endsAt, last?.holder === holder ? last : undefined)]
    units += growth(forecast, allocation, endsAt, amounts, count)
  }
  return units < count ? undefined : { holder, madeAt: now, shadowAt, latestAt, spare: spareOf(forecasts, count) }
}

function latestFrom(shadowAt: number, last: Reservation | undefined): number {
  return Math.max(shadowAt, Math.min(shadowAt + putOffMs, last?.latestAt ?? Number.POSITIVE_INFINITY))
}

/**
 * Whether a unit of a request may be placed though the reservation is another's: it ends before, or takes what is left over then. Gangs do not take
 * that: several of their units may go to one owner, and each is looked at by itself.
 */
export function isHarmless({ shadowAt, spare }: Reservation, { demand }: Waiting, { owner, allocation }: Choice, endsAt: number): boolean {
  const left = spare.get(owner.owner)
  return left === undefined || endsAt <= shadowAt || (!demand.gang && holdsAllocation(left, allocation))
}

/** Counts a unit that ends after the reservation's time. */
export function useSpare({ shadowAt, spare }: Reservation, { owner, allocation }: Choice, endsAt: number): void {
  const left = spare.get(owner.owner)
  if (left !== undefined && endsAt > shadowAt) spare.set(owner.owner, without(left, allocation))
}

function endingsInOrder(forecasts: readonly Forecast[], now: number): readonly OwnersEnding[] {
  const endings: OwnersEnding[] = []
  for (const forecast of forecasts) {
    for (const { allocation, endsAt } of endingsOf(forecast.owner)) {
      if (endsAt !== Number.POSITIVE_INFINITY && endings.length < endingsMax)
        endings.push({ forecast, allocation, endsAt: Math.max(endsAt, now + overdueMs) })
    }
  }
  return endings.sort((a, b) => a.endsAt - b.endsAt)
}

/** How many more units have room once an allocation has ended. */
function growth(forecast: Forecast, allocation: Allocation, endsAt: number, amounts: Amounts, count: number): number {
  const before = forecast.units.length
  forecast.free = givenBack(forecast.free, allocation, forecast.owner.total)
  forecast.units = choicesAt({ ...forecast.owner, free: forecast.free }, amounts, count)
  if (forecast.units.length > before) forecast.grownAt = endsAt
  return forecast.units.length - before
}

/** Takes the units where most have room, so that few owners are kept waiting, and of those first where it is there last. */
function spareOf(forecasts: readonly Forecast[], count: number): Map<PeerId, Capacity> {
  const spare = new Map<PeerId, Capacity>()
  let left = count
  for (const { owner, free, units } of forecasts.toSorted(compareForecasts)) {
    if (left === 0) break
    const reserved = units.slice(0, left)
    left -= reserved.length
    spare.set(
      owner.owner,
      reserved.reduce((rest, { allocation }) => without(rest, allocation), free)
    )
  }
  return spare
}

function compareForecasts(a: Forecast, b: Forecast): number {
  return b.units.length - a.units.length || b.grownAt - a.grownAt
}

function holdsAllocation(free: Capacity, allocation: Allocation): boolean {
  return (
    mayHold(free, { ...allocation, others: {} }) &&
    allocation.gpus.every(({ place, milli }) => milli <= (free.gpus[place]?.milli ?? 0)) &&
    Object.entries(allocation.others).every(([name, amount]) => amount <= otherAmount(free.others, name))
  )
}
