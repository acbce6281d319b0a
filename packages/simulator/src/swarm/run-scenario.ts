import { createHash } from 'node:crypto'
import type { PeerId } from '@cloudpeer/core'
import { provisioningDefaults } from '@cloudpeer/provisioning'
import { type Adversary, groundIn } from '../adversaries/index.ts'
import type { Checker, Watched } from '../checkers/checker.ts'
import { Exchanges } from '../checkers/exchanges.ts'
import { checkers as allCheckers } from '../checkers/index.ts'
import { Grants } from '../checkers/provisioning/grants.ts'
import { derivedRandom } from '../cloud/derived-random.ts'
import { createSimulatedCloud, type SimulatedCloud } from '../cloud/simulated-cloud.ts'
import { createParetoJitter } from '../latency/jitter.ts'
import { createLatency } from '../latency/latency.ts'
import { capacityDimensions, drawCapacity } from '../workload/capacities.ts'
import { Client } from '../workload/client.ts'
import { History } from '../workload/history.ts'
import { workloadSchema } from '../workload/records.ts'
import { Tenant } from '../workload/tenant.ts'
import { createBugLog } from './bug-log.ts'
import { FaultPlan } from './fault-plan.ts'
import { hostileMachines } from './hostile-machines.ts'
import { createLeaseTimes } from './lease-times.ts'
import type { Scenario } from './scenario.ts'
import type { Verdict, Violation } from './verdict.ts'

/** Virtual time between two looks at what must hold always, and at what must hold in the end, in ms. */
const lookMs = 1_000
const healLookMs = 10_000

/** How a run is watched. */
export interface RunOptions {
  readonly checkers?: readonly Checker[]
  /** Told of the cloud before anything happens in it. */
  readonly watch?: (cloud: SimulatedCloud) => void
  /** Told what is done to the cloud, a line at a time. */
  readonly story?: (line: string) => void
  /** Deliveries after which the nodes count as talking without end; no limit if not given. */
  readonly deliveriesMax?: number
}

/** Something did not hold; ends the run. */
class Violated extends Error {
  readonly violation: Violation

  constructor(violation: Violation) {
    super(violation.checker)
    this.violation = violation
  }
}

/** Plays a scenario to its end, or to the first thing that does not hold. */
export async function runScenario(scenario: Scenario, options: RunOptions = {}): Promise<Verdict> {
  return new Run(scenario, options).play()
}

class Run {
  readonly #scenario: Scenario
  readonly #story: (line: string) => void
  readonly #deliveriesMax: number
  readonly #exchanges = new Exchanges()
  readonly #grants = new Grants(this.#exchanges)
  readonly #history = new History()
  readonly #cloud: SimulatedCloud
  readonly #client: Client
  readonly #plan: FaultPlan
  readonly #checks: readonly { readonly name: string; readonly check: ReturnType<Checker['watch']> }[]
  readonly #rejections: unknown[] = []
  readonly #strangers = new Map<PeerId, string>()
  readonly #adversaries: Adversary[] = []
  #unhealedMs = 0
  #states = ''

  constructor(
    scenario: Scenario,
    { checkers = allCheckers, watch, story = () => {}, deliveriesMax = Number.POSITIVE_INFINITY }: RunOptions
  ) {
    const { seed, gentle, conditions, registry = {}, provisioning = {}, requests } = scenario
    const { latencyMs } = createLatency(conditions.latency, derivedRandom(seed, 'latency'))
    this.#scenario = scenario
    this.#story = story
    this.#deliveriesMax = deliveriesMax
    this.#cloud = createSimulatedCloud({
      seed,
      schema: { ...workloadSchema, dimensions: capacityDimensions.slice(0, conditions.dimensions) },
      registry,
      provisioning,
      ...(conditions.leaseMsLeast && { leaseMs: createLeaseTimes(scenario, conditions.leaseMsLeast) }),
      capacity: (machine) => drawCapacity(derivedRandom(seed, `capacity of machine ${machine}`)),
      latencyMs,
      ...(conditions.jitter && { jitterMs: createParetoJitter() }),
      signatures: conditions.signatures,
      passes: conditions.passes,
      log: () => createBugLog((error) => this.#rejections.push(error)),
      transport: (transport) => this.#exchanges.observe(transport, () => this.#cloud.time.now)
    })
    watch?.(this.#cloud)
    const tenant = new Tenant(this.#cloud.schema, requests)
    this.#client = new Client(this.#cloud, seed, this.#history, tenant)
    this.#plan = new FaultPlan(this.#cloud, scenario, story)
    const watched: Watched = {
      cloud: this.#cloud,
      client: this.#client,
      history: this.#history,
      exchanges: this.#exchanges,
      tenant,
      grants: this.#grants,
      provisioning: { ...provisioningDefaults, ...provisioning },
      random: derivedRandom(seed, 'checkers'),
      gentle,
      quietSince: () => this.#plan.quietSince(),
      disturbedAt: (peer) => this.#plan.disturbedAt(peer),
      lostDisks: this.#plan.lostDisks,
      strangers: this.#strangers
    }
    this.#checks = checkers.map((checker) => ({ name: checker.name, check: checker.watch(watched) }))
  }

  async play(): Promise<Verdict> {
    const rejected = (reason: unknown): void => void this.#rejections.push(reason)
    process.on('unhandledRejection', rejected)
    let violation: Violation | undefined
    try {
      await this.#begin()
      await this.#break()
      await this.#heal()
      await this.#end()
    } catch (error) {
      violation = error instanceof Violated ? error.violation : this.#bug(error)
    } finally {
      process.off('unhandledRejection', rejected)
    }
    const { network, time } = this.#cloud
    return {
      violation,
      healedMs: this.#unhealedMs,
      faults: this.#effects(),
      operations: { ...this.#history.counts },
      grants: this.#grants.count,
      deliveries: network.deliveries,
      durationMs: time.now,
      trace: this.#digest()
    }
  }

  async #begin(): Promise<void> {
    const { seed, nodes, startMs, conditions } = this.#scenario
    const { clock } = this.#cloud.time
    const machines = Array.from({ length: nodes }, (_, number) => this.#cloud.machine(number))
    for (const machine of machines) {
      const { number } = machine
      const atMs = number === 0 ? 0 : derivedRandom(seed, `start ${number}`).next() * conditions.startWithinMs
      clock.schedule(atMs, () => void this.#cloud.boot(machine))
    }
    for (const operation of this.#scenario.operations) {
      clock.schedule(Math.max(0, startMs + operation.atMs), () => void this.#client.perform(operation))
    }
    await this.#run(startMs)
  }

  async #break(): Promise<void> {
    const { faultsMs, faults, conditions, startMs } = this.#scenario
    const { network, time } = this.#cloud
    const lifts = [
      network.lose(conditions.lossShare),
      network.duplicate(conditions.duplicateShare),
      network.reorder(conditions.reorderShare)
    ]
    this.#plan.schedule(time.clock, faults)
    await this.#invade()
    await this.#run(startMs + faultsMs)
    for (const lift of lifts) lift()
    for (const adversary of this.#adversaries) await time.settle(adversary.stop())
    await time.settle(this.#plan.liftAll())
  }

  /** Lets the hostile machines in, one after the other. */
  async #invade(): Promise<void> {
    const { seed, adversaries: names, conditions } = this.#scenario
    for (const name of names) {
      const adversary = hostileMachines[name](groundIn(this.#cloud, derivedRandom(seed, name), conditions.signatures))
      this.#adversaries.push(adversary)
      await this.#cloud.time.settle(adversary.start())
      for (const peer of adversary.peers) this.#strangers.set(peer, name)
    }
  }

  /** How many faults there were, hostile machines among them, and how many did something. */
  #effects(): Verdict['faults'] {
    const raids = this.#adversaries.map(({ name, effects }) => [name, { struck: 1, effective: effects.size > 0 ? 1 : 0 }] as const)
    return { ...this.#plan.effects, ...Object.fromEntries(raids) }
  }

  async #heal(): Promise<void> {
    const { healMs } = this.#scenario
    const { time } = this.#cloud
    const fromMs = time.now
    for (let nextMs = fromMs; nextMs < fromMs + healMs; ) {
      nextMs = Math.min(nextMs + healLookMs, fromMs + healMs)
      await this.#run(nextMs)
      const isLast = nextMs >= fromMs + healMs
      const findings = await this.#look('eventually_', isLast)
      if (findings === undefined) continue
      this.#unhealedMs = time.now - fromMs
      this.#story(`not yet ${findings.checker}: ${findings.findings[0]}`)
      if (isLast) throw new Violated(findings)
    }
  }

  async #end(): Promise<void> {
    this.#states = this.#describeStates()
    await this.#cloud.stop()
    await this.#demand('finally_')
    if (this.#rejections.length > 0) throw this.#rejections[0]
  }

  /** Runs to a time, and looks every now and then whether everything holds. */
  async #run(untilMs: number): Promise<void> {
    const { time, network } = this.#cloud
    while (time.now < untilMs) {
      await time.runUntil(Math.min(untilMs, time.now + lookMs))
      if (network.deliveries > this.#deliveriesMax) throw this.#endless()
      await this.#demand('anytime_')
      if (this.#rejections.length > 0) throw this.#rejections[0]
    }
  }

  async #demand(kind: string): Promise<void> {
    const violation = await this.#look(kind)
    if (violation !== undefined) throw new Violated(violation)
  }

  async #look(kind: string, isLast = false): Promise<Violation | undefined> {
    const { time } = this.#cloud
    for (const { name, check } of this.#checks) {
      if (!name.startsWith(kind)) continue
      const outcome = check(isLast)
      const findings = outcome instanceof Promise ? await time.settle(outcome) : outcome
      if (findings.length > 0) return { checker: name, atMs: time.now, findings }
    }
    return undefined
  }

  #endless(): Violated {
    const { network, time } = this.#cloud
    return new Violated({ checker: 'anytime_talk_ends', atMs: time.now, findings: [`there were ${network.deliveries} deliveries`] })
  }

  #bug(error: unknown): Violation {
    const told = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { checker: 'anytime_no_bug_shows', atMs: this.#cloud.time.now, findings: [told] }
  }

  #digest(): string {
    return createHash('sha256').update(this.#cloud.network.trace()).update(this.#states).digest('hex')
  }

  #describeStates(): string {
    const states = this.#cloud.nodes.map(({ peer, epoch, overlay, registry, provisioning }) => [
      peer,
      epoch,
      overlay.members(),
      registry.own(),
      registry.status(),
      provisioning.capacity(),
      provisioning.requests()
    ])
    return JSON.stringify(states)
  }
}
