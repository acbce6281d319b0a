import { isCloudError, type PeerId, Semaphore, sleep } from '@cloudpeer/core'
import type { Updates } from './announcement.ts'
import { drawAlive, isLive, type MembershipContext } from './context.ts'
import { membersMax } from './member.ts'
import { type Candidates, ProbeOrder } from './probe-order.ts'
import { type ProbeOutcome, probeForProtocol, probeProtocol } from './protocol.ts'

/** Probe timeouts that a helper has to answer: one to probe, one for the ways. A helper that finds silence must be heard too. */
const helpTimeouts = 2
/** Members asked at most until two of them gave their opinion on a member that refuses connections. */
const witnessesMax = 6
/** Observers that must see a member refuse connections before it counts as dead, where there are so many. */
const refusalsWanted = 2
/** Lost connections that are looked into at once. */
const checksMax = 8
/** All members see a crash at the same moment: they redial spread over this time, and most learn of it before their turn. */
const checkSpreadMs = 300

/** Finds out which members answer. */
export interface Prober {
  /** Sends updates to a member and takes those it answers with. */
  tell(target: PeerId, updates: Updates, timeoutMs: number, signal?: AbortSignal): Promise<ProbeOutcome>
  /** Probes the member whose turn it is, through others where it does not answer, and suspects it if nobody reaches it. */
  probeNext(signal: AbortSignal): Promise<void>
  /** Answers another member that cannot reach `target`. */
  probeFor(target: PeerId, signal: AbortSignal): Promise<ProbeOutcome>
  /** Looks into a lost connection: a refused redial, seen by others too, ends a member at once. */
  check(target: PeerId): void
  /** Gives a new member its place in the order. */
  add(target: PeerId): void
}

/** A prober over the shared state. */
export function createProber(context: MembershipContext): Prober {
  const { options, clock, random, transport, scope, state, settle } = context
  const order = new ProbeOrder(random)
  const checking = new Set<PeerId>()
  const candidates: Candidates = {
    has: (peer) => peer !== state.self && isLive(context, peer),
    [Symbol.iterator]: () => state.liveOthers[Symbol.iterator]()
  }
  const checks = new Semaphore('checks of lost connections', checksMax, membersMax)

  async function tell(target: PeerId, updates: Updates, timeoutMs: number, signal = scope.signal): Promise<ProbeOutcome> {
    try {
      const reply = await transport.request(target, probeProtocol, updates, { timeoutMs, signal })
      settle(state.receive(reply, clock.now()))
      return 'reached'
    } catch (error) {
      return outcomeOf(error, signal)
    }
  }

  const ask = (target: PeerId, timeoutMs: number, signal: AbortSignal): Promise<ProbeOutcome> =>
    tell(target, state.piggyback(target), timeoutMs, signal)

  /** What `witness` finds, or undefined if it cannot be asked itself. */
  async function askThrough(witness: PeerId, target: PeerId, timeoutMs: number, signal: AbortSignal): Promise<ProbeOutcome | undefined> {
    try {
      return (await transport.request(witness, probeForProtocol, { target }, { timeoutMs, signal })).outcome
    } catch (error) {
      return outcomeOf(error, signal) === 'reached' ? 'unknown' : undefined
    }
  }

  async function probe(target: PeerId, signal: AbortSignal): Promise<void> {
    const startedAt = clock.now()
    const timeoutMs = state.health.scale(options.probeTimeoutMs)
    const patienceMs = (1 + helpTimeouts) * timeoutMs
    const direct = ask(target, patienceMs, signal)
    const early = await within(direct, timeoutMs)
    if (early === 'reached') return state.health.apply(-1)
    if (early === 'refused') return check(target)
    const helpers = drawAlive(context, options.indirectProbes, target)
    const answers = helpers.map((helper) => askThrough(helper, target, helpTimeouts * timeoutMs, signal))
    if (await anyReached([direct, ...answers])) return
    // A timer that ran late shows that it was this node that stood still: what it gathered meanwhile is no evidence.
    if (clock.now() - startedAt > patienceMs + options.asleepMs) return
    accuse(target, await Promise.all(answers))
  }

  /** Suspects a member that nobody reached, unless no helper answered either: then this node is the likelier culprit, and first slows down. */
  function accuse(target: PeerId, answers: readonly (ProbeOutcome | undefined)[]): void {
    const missing = answers.filter((answer) => answer === undefined).length
    const alone = answers.length > 1 && missing === answers.length && state.health.score < options.healthMax - 1
    state.health.apply(answers.length === 0 ? 1 : missing)
    if (!alone) settle(state.judge(target, 'SUSPECT', clock.now()))
  }

  function check(target: PeerId): void {
    if (checking.has(target) || !isLive(context, target)) return
    checking.add(target)
    scope.spawn('check of a lost connection', async (signal) => {
      try {
        await sleep(clock, random.next() * checkSpreadMs, signal)
        await checks.run(() => redial(target, signal))
      } finally {
        checking.delete(target)
      }
    })
  }

  async function redial(target: PeerId, signal: AbortSignal): Promise<void> {
    const member = state.member(target)
    if (member === undefined || !isLive(context, target)) return
    const outcome = await ask(target, state.health.scale(options.probeTimeoutMs), signal)
    if (outcome === 'reached') return
    if (outcome === 'silent') return probe(target, signal)
    const opinions = await witnesses(target, signal)
    if (opinions.includes('reached')) return
    const now = state.member(target)
    if (now?.epoch !== member.epoch || now.incarnation !== member.incarnation) return
    const refusals = 1 + opinions.filter((opinion) => opinion === 'refused').length
    settle(state.judge(target, refusals >= refusalsWanted || opinions.length === 0 ? 'AWAY' : 'SUSPECT', clock.now()))
  }

  /** The opinions of two members, of fewer where there are not so many; witnesses that are dead themselves are passed over. */
  async function witnesses(target: PeerId, signal: AbortSignal): Promise<ProbeOutcome[]> {
    const candidates = drawAlive(context, witnessesMax, target)
    const opinions: ProbeOutcome[] = []
    while (opinions.length < refusalsWanted && candidates.length > 0) {
      const asked = candidates.splice(0, refusalsWanted - opinions.length)
      const timeoutMs = helpTimeouts * state.health.scale(options.probeTimeoutMs)
      const answers = await Promise.all(asked.map((witness) => askThrough(witness, target, timeoutMs, signal)))
      for (const answer of answers) if (answer !== undefined) opinions.push(answer)
    }
    return opinions
  }

  function within(outcome: Promise<ProbeOutcome>, timeoutMs: number): Promise<ProbeOutcome | undefined> {
    return new Promise((resolve, reject) => {
      const timer = clock.schedule(timeoutMs, () => resolve(undefined))
      outcome.then(
        (value) => {
          timer.cancel()
          resolve(value)
        },
        (error: unknown) => {
          timer.cancel()
          reject(error)
        }
      )
    })
  }

  return {
    tell,
    check,
    add: (target) => order.add(target),
    async probeNext(signal) {
      const target = order.next(candidates)
      if (target !== undefined) await probe(target, signal)
    },
    async probeFor(target, signal) {
      if (target === state.self) return 'reached'
      if (state.member(target) === undefined) return 'unknown'
      // Not stretched by our own health: whoever asked waits for the answer, bad as it may be.
      return ask(target, options.probeTimeoutMs, signal)
    }
  }
}

/**
 * What an error of a request tells of the peer. An error that the peer sent is an answer, CANCELLED too: only our own
 * signal tells that we do not wait any more.
 */
function outcomeOf(error: unknown, signal: AbortSignal): ProbeOutcome {
  if (!isCloudError(error) || signal.aborted) throw error
  if (error.code === 'REFUSED') return 'refused'
  return isCloudError(error, 'UNREACHABLE', 'TIMED_OUT', 'DISCONNECTED', 'STOPPED', 'WRONG_NETWORK') ? 'silent' : 'reached'
}

/** True as soon as one of the outcomes is `reached`, false once all are there. */
function anyReached(outcomes: readonly Promise<ProbeOutcome | undefined>[]): Promise<boolean> {
  return new Promise((resolve, reject) => {
    for (const outcome of outcomes) outcome.then((value) => value === 'reached' && resolve(true), reject)
    Promise.all(outcomes).then(() => resolve(false), reject)
  })
}
