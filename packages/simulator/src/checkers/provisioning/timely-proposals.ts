import type { Checker } from '../checker.ts'
import { firstFit } from './amounts.ts'
import { baseCellsOf } from './capacity-space.ts'
import { type Due, DueRequests } from './due-requests.ts'
import { MatcherDuties } from './matcher-duties.ts'
import { offersAt } from './offers-at.ts'

/** At how many looks in a row a request is due when it is late: what makes it so is done at once. */
const looksMax = 3

/**
 * L2: whoever is the first of a cell's matchers that it holds for alive itself proposes at once what waits there, where it knows of room that is
 * not kept for others. Judged are requests for one lease at machines that were left alone, where at most one thing is broken at a time.
 */
export const whatHasRoomIsProposed: Checker = {
  name: 'anytime_what_has_room_is_proposed',
  watch(watched) {
    const duties = new MatcherDuties(watched)
    let looks: ReadonlyMap<string, number> = new Map()
    return async () => {
      const due = watched.gentle ? new DueRequests(watched, duties).all() : []
      looks = new Map(due.map((each) => [nameOf(each), (looks.get(nameOf(each)) ?? 0) + 1]))
      const problems: string[] = []
      for (const each of due)
        if ((looks.get(nameOf(each)) ?? 0) >= looksMax && (await knowsOfRoom(each)))
          problems.push(`${nameOf(each)}, which proposes it to nobody`)
      return problems
    }
  }
}

function nameOf({ request, matcher }: Due): string {
  return `request ${request.id} waits at ${matcher.peer}`
}

/** By the offers that it has, which may be older than the ledgers. */
async function knowsOfRoom({ matcher, request, cells, rooms }: Due): Promise<boolean> {
  const offers = await offersAt(matcher, { cells: cells.flatMap(baseCellsOf) })
  const fitting = offers.filter(({ state, free }) => state === 'open' && firstFit(free, request.amounts) !== undefined)
  return fitting.some(({ owner }) => rooms.some(({ node }) => node.peer === owner))
}
