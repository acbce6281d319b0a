import { assert, type PeerId, present, type Random, type Timer } from '@cloudpeer/core'
import { createVirtualTime } from '@cloudpeer/core/virtual-time'
import { provisioningDefaults } from '@cloudpeer/provisioning'
import { Matching, type OfferedCapacity, type Proposal } from '@cloudpeer/provisioning/matching'
import { derivedRandom } from '../cloud/derived-random.ts'
import type { Job } from './job.ts'
import { MachinePool, type Taken } from './machine-pool.ts'
import type { Cluster, ClusterInit, Effort, Placed, Strategy } from './strategy.ts'

/** The product's policy by itself: what is lost beside it by the whole is lost on the network. */
export const matchingOnly: Strategy = {
  name: 'matching-only',
  title: 'Matching only',
  about: "the product's order, choice of owner and backfill, with perfect knowledge: one matcher, no time, no messages",
  colour: 1,
  deploy: async (init) => new MatchedCluster(init)
}

/** Proposals that are taken from the matching at once. */
const proposalsMax = 1_000

/** A job that waits. */
interface Wanting {
  readonly job: Job
  readonly requester: PeerId
  readonly sinceMs: number
  readonly units: Map<number, Taken>
  readonly placed: (placed: Placed) => void
}

/** What somebody has of a machine, and until when. */
interface Lease extends Taken {
  readonly requester: PeerId
  readonly endsAt: number
}

class MatchedCluster implements Cluster {
  readonly time = createVirtualTime()
  readonly #pool: MachinePool
  readonly #random: Random
  readonly #matching: Matching
  readonly #wanting = new Map<string, Wanting>()
  readonly #leases = new Map<number, Set<Lease>>()
  #seq = 0
  #attempts = 0
  #timer: Timer | undefined

  constructor({ machines, seed }: ClusterInit) {
    const { agingMs, holdMs, proposeBackoffFirstMs, proposeBackoffMaxMs } = provisioningDefaults
    const backoff = { backoffFirstMs: proposeBackoffFirstMs, backoffMaxMs: proposeBackoffMaxMs }
    this.#pool = new MachinePool(machines)
    this.#random = derivedRandom(seed, 'requesters')
    this.#matching = new Matching({ random: derivedRandom(seed, 'matching'), agingMs, holdMs, ...backoff })
    for (const machine of machines.keys()) this.#offer(machine)
  }

  get effort(): Effort {
    return { attempts: this.#attempts }
  }

  place(job: Job): Promise<Placed> {
    const { amounts, count, durationMs } = job
    const [key, now] = [String(job.id), this.time.now]
    const requester = peerOf(this.#random.integer(this.#pool.size))
    const demand = { key, requester, amounts, gang: count > 1, priority: 4, durationMs, arrivedAt: now, accepts: () => true }
    return new Promise((placed) => {
      this.#wanting.set(key, { job, requester, sinceMs: now, units: new Map(), placed })
      this.#matching.submit(demand, Array.from({ length: count }).keys(), { now })
      this.#match()
    })
  }

  async stop(): Promise<void> {
    this.#timer?.cancel()
  }

  #match(): void {
    const { now, clock } = this.time
    for (let proposals = this.#next(); proposals.length > 0; proposals = this.#next()) {
      for (const proposal of proposals) this.#grant(proposal)
      for (const key of new Set(proposals.map((proposal) => proposal.key))) this.#start(key)
      for (const owner of new Set(proposals.map((proposal) => proposal.owner))) this.#offer(Number(owner))
    }
    this.#timer?.cancel()
    const wakeAt = this.#matching.wakeAt()
    this.#timer = wakeAt === undefined ? undefined : clock.schedule(Math.max(0, wakeAt - now), () => this.#match())
  }

  #next(): readonly Proposal[] {
    return this.#matching.next(this.time.now, proposalsMax)
  }

  /** There is room for every proposal, for it rests on the truth. Of the units that a gang has asked for twice the first are kept. */
  #grant(proposal: Proposal): void {
    const { job, units } = present(this.#wanting.get(proposal.key), `no job ${proposal.key}`)
    const machine = Number(proposal.owner)
    for (const unit of proposal.debits.keys()) {
      const taken = present(this.#pool.take(machine, job.amounts), `no room on machine ${machine}`)
      if (units.has(unit)) this.#pool.give(taken)
      else units.set(unit, taken)
      this.#attempts++
    }
    this.#matching.answered(proposal, { ...this.#wordOf(machine), granted: [...proposal.debits.keys()] }, this.time.now)
  }

  #start(key: string): void {
    const { job, requester, sinceMs, units, placed } = present(this.#wanting.get(key), `no job ${key}`)
    const { now, clock } = this.time
    assert(units.size === job.count, `${units.size} units of ${job.count}`)
    const leases = [...units.values()].map((taken): Lease => ({ ...taken, requester, endsAt: now + job.durationMs }))
    this.#wanting.delete(key)
    this.#matching.withdraw(key)
    for (const lease of leases) this.#leasesOf(lease.machine).add(lease)
    clock.schedule(job.durationMs, () => this.#end(leases))
    placed({ waitedMs: now - sinceMs })
  }

  #end(leases: readonly Lease[]): void {
    for (const lease of leases) {
      this.#leasesOf(lease.machine).delete(lease)
      this.#pool.give(lease)
    }
    for (const machine of new Set(leases.map((lease) => lease.machine))) this.#offer(machine)
    this.#match()
  }

  #offer(machine: number): void {
    const { now } = this.time
    const leases = [...this.#leasesOf(machine)].map(({ requester, allocation, endsAt }) => ({
      requester,
      allocation,
      leftMs: endsAt - now
    }))
    const total = present(this.#pool.totals[machine], `no machine ${machine}`)
    this.#matching.offer({ owner: peerOf(machine), attributes: {}, total, leases, ...this.#wordOf(machine) }, now)
  }

  #wordOf(machine: number): Pick<OfferedCapacity, 'epoch' | 'seq' | 'state' | 'free'> {
    return { epoch: 1, seq: ++this.#seq, state: 'open', free: this.#pool.freeOf(machine) }
  }

  #leasesOf(machine: number): Set<Lease> {
    const known = this.#leases.get(machine) ?? new Set()
    this.#leases.set(machine, known)
    return known
  }
}

function peerOf(machine: number): PeerId {
  return String(machine) as PeerId
}
