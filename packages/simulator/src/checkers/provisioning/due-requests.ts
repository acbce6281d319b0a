import type { Capacity } from '@cloudpeer/model'
import type { RequestStatus } from '@cloudpeer/provisioning'
import type { SimulatedNode } from '../../cloud/simulated-cloud.ts'
import type { MachineCapacity } from '../../workload/capacities.ts'
import { leftAlone } from '../answers.ts'
import type { Watched } from '../checker.ts'
import { firstFit, remainder, sumOf } from './amounts.ts'
import { holds, type Placed, placedOwners } from './capacity-space.ts'
import { ledgerRows } from './ledger-on-disk.ts'
import type { MatcherDuties } from './matcher-duties.ts'

/** What a matcher has to propose, and where in its cells there is room for it. */
export interface Due {
  readonly matcher: SimulatedNode
  readonly request: RequestStatus
  readonly cells: readonly string[]
  readonly rooms: readonly Room[]
}

/** An owner that was left alone, and what is free there by its ledger. */
interface Room extends Placed {
  readonly free: Capacity
}

/** A request that waits, and whose it is. */
interface Wanted {
  readonly requester: SimulatedNode
  readonly request: RequestStatus
}

/** What is due now at the machines that were left alone. */
export class DueRequests {
  readonly #watched: Watched
  readonly #duties: MatcherDuties
  readonly #calm: readonly SimulatedNode[]
  readonly #waiting: readonly Wanted[]
  /** Requests for one lease that were never denied, so that nobody backs off. */
  readonly #fresh: readonly Wanted[]
  readonly #rooms: readonly Room[]

  constructor(watched: Watched, duties: MatcherDuties) {
    const { cloud } = watched
    this.#watched = watched
    this.#duties = duties
    this.#calm = cloud.nodes.filter(({ peer }) => leftAlone(watched, peer, cloud.time.now))
    this.#waiting = cloud.nodes.flatMap(waitingAt)
    this.#fresh = this.#waiting.filter((wanted) => this.#isFresh(wanted))
    const owners = this.#fresh.length === 0 ? [] : placedOwners(cloud)
    this.#rooms = owners.filter(({ node }) => this.#calm.includes(node)).map(roomAt)
  }

  all(): readonly Due[] {
    return this.#rooms.length === 0 ? [] : this.#calm.flatMap((matcher) => this.#dueAt(matcher))
  }

  /** What has room beside what a matcher may keep for something else that waits for it. */
  #dueAt(matcher: SimulatedNode): readonly Due[] {
    const here = this.#waiting.filter(({ request }) => this.#duties.hasTaken(matcher, request.id))
    if (here.length !== matcher.provisioning.status().matcher.waiting) return []
    const due = here.filter((wanted) => this.#fresh.includes(wanted)).map((wanted) => this.#dueTo(matcher, wanted))
    const placeable = new Set(due.filter(({ rooms }) => rooms.length > 0).map(({ request }) => request))
    const others = here.filter(({ request }) => !placeable.has(request))
    const isKept = (room: Room): boolean => others.some(({ request }) => this.#couldSatisfy(room, request))
    return due.map((each) => ({ ...each, rooms: each.rooms.filter((room) => !isKept(room)) })).filter(({ rooms }) => rooms.length > 0)
  }

  #dueTo(matcher: SimulatedNode, { requester, request }: Wanted): Due {
    const cells = this.#duties.cellsOf(matcher, request.id)
    const rooms = this.#rooms.filter((room) => {
      const isThere = matcher.overlay.member(room.node.peer)?.state === 'ALIVE' && !this.#duties.hasPaused(room.node.peer, requester.peer)
      const isIn = cells.some((cell) => holds(cell, room.point)) && this.#couldSatisfy(room, request)
      return isThere && isIn && firstFit(room.free, request.amounts) !== undefined
    })
    return { matcher, request, cells, rooms }
  }

  #isFresh({ requester, request: { id, state, count, relaxedTo } }: Wanted): boolean {
    const isSimple = state === 'waiting' && count === 1 && relaxedTo === undefined
    return isSimple && !this.#duties.wasProposed(id) && this.#calm.includes(requester)
  }

  /** Whether a machine could satisfy a request if nothing of it were taken. */
  #couldSatisfy({ attributes, total }: MachineCapacity, { expression, relaxedTo, amounts }: RequestStatus): boolean {
    return this.#watched.tenant.meaningOf(relaxedTo ?? expression)?.(attributes) !== false && firstFit(total, amounts) !== undefined
  }
}

function waitingAt(requester: SimulatedNode): readonly Wanted[] {
  const requests = requester.provisioning.requests()
  return requests.filter(({ units }) => units.some(({ state }) => state === 'wanted')).map((request) => ({ requester, request }))
}

function roomAt(owner: Placed): Room {
  return { ...owner, free: remainder(owner.total, sumOf(ledgerRows(owner.node.machine).map(({ allocation }) => allocation))) }
}
