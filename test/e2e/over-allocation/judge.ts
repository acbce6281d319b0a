import type { Allocation, CapacityAmounts } from '@cloudpeer/api'
import { isRunning } from '../is-running.ts'
import { readLedger } from './read-ledger.ts'
import type { StandIn, StandIns } from './stand-ins.ts'

/** An owner, and where it keeps its ledger. */
export interface JudgedOwner {
  readonly peerId: string
  readonly directory: string
  /** Whether it runs and is not just starting: a second reader of its ledger would be in the way of its recovery. */
  isUp(): boolean
}

/** Looks at the ledgers of all owners and at the processes that run, again and again. */
export class Judge {
  readonly #owners: readonly JudgedOwner[]
  readonly #standIns: StandIns
  readonly #leases = new Set<string>()
  /** Times that it has looked. */
  samples = 0
  /** The most processes that ran at once. */
  runningMax = 0
  /** What was wrong, each once. */
  readonly faults = new Set<string>()

  constructor(owners: readonly JudgedOwner[], standIns: StandIns) {
    this.#owners = owners
    this.#standIns = standIns
  }

  /** Leases that were seen to be active. */
  get leasesSeen(): number {
    return this.#leases.size
  }

  get #up(): readonly JudgedOwner[] {
    return this.#owners.filter((owner) => owner.isUp())
  }

  look(): void {
    this.samples++
    const before = this.#standIns.running()
    this.runningMax = Math.max(this.runningMax, before.length)
    const ledgers = this.#up.map((owner) => ({ owner, ledger: readLedger(owner.directory) }))
    // What ran before the ledgers were read and still runs has run all the while: only that can be compared with them.
    const running = before.filter(({ pid }) => isRunning(pid))
    for (const { owner, ledger } of ledgers) {
      const own = running.filter(({ lease }) => lease.owner === owner.peerId)
      if (ledger === undefined) {
        if (own.length > 0) this.faults.add(`${owner.peerId} has no ledger, and ${own.length} processes`)
        continue
      }
      for (const { fence, state } of ledger.rows) if (state === 'active') this.#leases.add(`${owner.peerId}.${fence.epoch}.${fence.seq}`)
      this.#compare(
        `the ledger of ${owner.peerId}`,
        ledger.rows.map(({ allocation }) => allocation),
        ledger.total
      )
      this.#compare(`the processes of ${owner.peerId}`, allocationsOf(own), ledger.total)
      const known = new Set(ledger.rows.map(({ fence }) => `${owner.peerId}.${fence.epoch}.${fence.seq}`))
      for (const { lease } of own)
        if (!known.has(lease.id)) this.faults.add(`${lease.id} has a process, and no row in the ledger of its owner`)
    }
  }

  /** Processes that run. */
  get running(): number {
    return this.#standIns.running().length
  }

  /** Rows in all ledgers. */
  get rows(): number {
    return this.#up.reduce((rows, { directory }) => rows + (readLedger(directory)?.rows.length ?? 0), 0)
  }

  #compare(where: string, allocations: readonly Allocation[], total: CapacityAmounts): void {
    for (const [amount, of, available] of sums(allocations, total)) {
      if (amount > available) this.faults.add(`${where}: ${amount} ${of} are given, and there are ${available}`)
    }
  }
}

/** A process that was not collected yet and its successor stand for one lease. */
function allocationsOf(standIns: readonly StandIn[]): readonly Allocation[] {
  return [...new Map(standIns.map(({ lease }) => [lease.id, lease.allocation])).values()]
}

function* sums(
  allocations: readonly Allocation[],
  total: CapacityAmounts
): Generator<readonly [amount: number, of: string, available: number]> {
  const sum = (amountOf: (allocation: Allocation) => number): number => allocations.reduce((amount, each) => amount + amountOf(each), 0)
  yield [sum(({ cpuMilli }) => cpuMilli), 'milli of CPU', total.cpuMilli]
  yield [sum(({ memoryMib }) => memoryMib), 'MiB of memory', total.memoryMib]
  yield [sum(({ diskMib }) => diskMib), 'MiB of disk', total.diskMib]
  for (const [place, { milli }] of total.gpus.entries()) {
    yield [sum(({ gpus }) => gpus.find((gpu) => gpu.place === place)?.milli ?? 0), `milli of GPU ${place}`, milli]
  }
}
