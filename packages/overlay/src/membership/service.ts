import type { Clock, Counter, Log, Metrics, PeerId, Random, StoreFactory } from '@cloudpeer/core'
import { assert, CloudError, createScope, jittered, sleep } from '@cloudpeer/core'
import type { Signer, Verifier } from '@cloudpeer/core/identity'
import type { Subscription, Transport } from '@cloudpeer/transport'
import { createListeners } from '../listeners.ts'
import type { Network } from '../network/service.ts'
import { createAlarm } from './alarm.ts'
import { type SignedAnnouncement, startBytes } from './announcement.ts'
import { drawAlive, drawLive, liveOthers, type MembershipContext } from './context.ts'
import type { Effects } from './effects.ts'
import { keepJoined, syncWithEach } from './joiner.ts'
import { addressesMax, addressLengthMax, type Labels, type MemberChange, type MemberState } from './member.ts'
import type { MembershipOptions } from './options.ts'
import { createProber } from './prober.ts'
import { probeForProtocol, probeProtocol } from './protocol.ts'
import { MembershipState } from './state.ts'
import { createSynchroniser } from './synchroniser.ts'
import { WordMemory } from './word-memory.ts'

/** Members told of a leave directly; they pass it on while this node shuts down. */
const leaveFanout = 8
/** The longest that a leave waits to be heard, in ms. */
const leaveTimeoutMs = 500
/** Below this many members tables are exchanged at the plain interval (memberlist `pushPullScaleThreshold`). */
const syncScaleMembers = 32

/** What membership is made with. */
export interface MembershipServiceInit {
  readonly network: Network
  readonly signer: Signer
  readonly verifier: Verifier
  readonly epoch: number
  readonly labels: Labels
  readonly options: MembershipOptions
  /** Publishes an announcement of this node to all who follow the network's topic. */
  readonly publish: (announcement: SignedAnnouncement) => Promise<void>
}

/** What membership needs of its surroundings. */
export interface MembershipComponents {
  readonly clock: Clock
  readonly random: Random
  readonly transport: Transport
  readonly stores: StoreFactory
  readonly log: Log
  readonly metrics: Metrics
}

/** One node's running membership. */
export interface Membership {
  readonly state: MembershipState
  readonly joined: boolean
  /**
   * Why this node was not let in where it asked last, until it has joined; that it found nobody else where it looked last; and that another
   * process speaks as it does.
   */
  readonly problems: readonly CloudError[]
  /** Whether any other member was ever known. */
  readonly met: boolean
  onChange(listener: (change: MemberChange) => void): Subscription
  /** Told once, when `joined` becomes true. */
  onJoined(listener: () => void): Subscription
  onReturned(listener: () => void): Subscription
  /** Takes an announcement that arrived by the topic. */
  hear(announcement: SignedAnnouncement): void
  /** Serves, and begins to join through `addresses`; `alone` says that there may be nobody to find. */
  start(addresses: readonly string[], alone: boolean): void
  /** Announces that this node carries nothing new from now on; resolves when some have heard. */
  drain(): Promise<void>
  /** Ends everything; `state`, where given, is announced before. */
  stop(state?: 'AWAY' | 'GONE'): Promise<void>
}

/** Binds the state to clock, transport and log. */
export function createMembership(init: MembershipServiceInit, components: MembershipComponents): Membership {
  const { options, network } = init
  const { clock, random, transport, log, metrics } = components
  const scope = createScope({ clock, random, log })
  const listeners = createListeners<[MemberChange]>()
  const { signer, verifier, epoch, labels } = init
  const connected = new Set<string>()
  const isConnected = (peer: string): boolean => connected.has(peer)
  const { id } = network.descriptor
  const start = random.bytes(startBytes)
  const words = new WordMemory({ stores: components.stores, network: id, verifier, log })
  const state = new MembershipState({ network: id, signer, verifier, epoch, start, labels, options, isConnected, words }, clock.now())
  const transitions = metrics.counter('cloudpeer_overlay_transitions_total', 'Members that entered a state', ['state'])
  const entered: Readonly<Record<MemberState, Counter>> = {
    ALIVE: transitions.with({ state: 'ALIVE' }),
    SUSPECT: transitions.with({ state: 'SUSPECT' }),
    AWAY: transitions.with({ state: 'AWAY' }),
    GONE: transitions.with({ state: 'GONE' })
  }
  const rejections = metrics.counter('cloudpeer_overlay_rejected_updates_total', 'Updates about members that were not taken', ['code'])
  const refutations = metrics.counter('cloudpeer_overlay_refutations_total', 'Rumours that this node spoke against')
  metrics.gauge('cloudpeer_overlay_members', 'Members known, this node among them', () => state.size)
  metrics.gauge('cloudpeer_overlay_health_score', 'Local health score of Lifeguard, 0 is well', () => state.health.score)

  const context: MembershipContext = { options, clock, random, transport, log, scope, state, settle }
  const prober = createProber(context)
  const synchroniser = createSynchroniser(context, network, arrive)
  const deadline = createAlarm(clock, (lateMs) => {
    noticeSleep(lateMs)
    settle(state.tick(clock.now()))
  })
  const gossip = createAlarm(clock, (lateMs) => {
    noticeSleep(lateMs)
    gossipOnce()
    wake()
  })
  let subscriptions: Subscription[] = []
  const arrivals = createListeners<[]>()
  const returns = createListeners<[]>()
  let joined = false
  let refusal: CloudError | undefined
  /** Addresses that were tried in vain since this node last knew anybody. */
  let vain = 0
  let met = false
  let greeting = false

  function settle(effects: Effects): void {
    for (const change of effects.changes) note(change)
    for (const { code, message } of effects.rejected) {
      rejections.with({ code }).add()
      log.debug('update not taken', { code, message })
    }
    if (effects.refuted) {
      refutations.add()
      publish()
    }
    wake()
    for (const change of effects.changes) listeners.tell(change)
    if (effects.wasAway) returns.tell()
  }

  function note({ peer, from, to, member }: MemberChange): void {
    if (peer === state.self) return
    met = true
    if (to === 'ALIVE') vain = 0
    if (to !== 'GONE') scope.spawn('note of addresses', () => transport.learn(peer, member.addresses))
    if (from === to) return
    entered[to].add()
    log.info(`member ${to}`, { peer, from, to, epoch: member.epoch, incarnation: member.incarnation })
    if (to === 'ALIVE' && from !== 'SUSPECT') prober.add(peer)
  }

  function arrive(): void {
    if (joined) return
    joined = true
    refusal = undefined
    arrivals.tell()
  }

  /** Tells everybody at once: also those who hold this node to be AWAY, whom gossip would not reach. */
  function publish(): void {
    scope.spawn('announcement', () => init.publish(state.announcement))
  }

  /** Sets both alarms by what the state now waits for. */
  function wake(): void {
    if (scope.signal.aborted) return
    deadline.ringAt(state.nextDeadline())
    if (state.spreading && !gossip.set && liveOthers(context).length > 0) gossip.ringAt(clock.now() + options.gossipIntervalMs)
  }

  function gossipOnce(): void {
    for (const target of drawLive(context, options.gossipFanout)) {
      if (!state.spreading) return
      const updates = state.piggyback(target)
      scope.spawn('gossip', async () => void (await prober.tell(target, updates, state.health.scale(options.probeTimeoutMs))))
    }
  }

  /** A timer that fires late shows that this node stood still, whoever else it was about to blame. */
  function noticeSleep(lateMs: number): void {
    if (lateMs <= options.asleepMs) return
    state.health.apply(1)
    state.slept(lateMs)
    log.warn('this node stood still', { lateMs: Math.round(lateMs) })
  }

  async function probeForEver(signal: AbortSignal): Promise<void> {
    for (;;) {
      await Promise.all([waitForTurn(signal), prober.probeNext(signal)])
      announceAddresses()
    }
  }

  async function waitForTurn(signal: AbortSignal): Promise<void> {
    const dueAt = clock.now() + jittered(random, state.health.scale(options.probeIntervalMs), 0.1)
    await sleep(clock, dueAt - clock.now(), signal)
    noticeSleep(clock.now() - dueAt)
  }

  function announceAddresses(): void {
    const now = announceable(transport.addresses())
    const known = state.member(state.self)?.addresses ?? []
    if (now.length !== known.length || now.some((address, index) => address !== known[index]))
      settle(state.announce({ addresses: now }, clock.now()))
  }

  async function syncOnce(signal: AbortSignal): Promise<void> {
    await syncWithEach(context, synchroniser, drawAlive(context, 1), signal)
  }

  function syncIntervalMs(): number {
    const members = state.size
    return members <= syncScaleMembers
      ? options.syncIntervalMs
      : options.syncIntervalMs * (1 + Math.ceil(Math.log2(members / syncScaleMembers)))
  }

  /** Who probes us knows us: a member whose announcement we missed is asked for it, one at a time, long before the next exchange is due. */
  function greet(stranger: PeerId): void {
    if (greeting || state.size > options.membersMax) return
    greeting = true
    scope.spawn('exchange with a stranger', async (signal) => {
      await syncWithEach(context, synchroniser, [stranger], signal).finally(() => {
        greeting = false
      })
    })
  }

  function serve(): Subscription[] {
    return [
      transport.serve(probeProtocol, (updates, { from }) => {
        settle(state.receive(updates, clock.now()))
        if (state.member(from) === undefined) greet(from)
        return state.piggyback(from, updates)
      }),
      transport.serve(probeForProtocol, async ({ target }, { signal }) => ({ outcome: await prober.probeFor(target as PeerId, signal) })),
      synchroniser.serve(),
      transport.onPeer({
        connected: (peer) => connected.add(peer),
        disconnected(peer) {
          connected.delete(peer)
          prober.check(peer)
        }
      })
    ]
  }

  async function spreadLeave(): Promise<void> {
    const updates = { announcements: [state.announcement], rumours: [] }
    const told = drawLive(context, leaveFanout).map((peer) => prober.tell(peer, updates, leaveTimeoutMs))
    await Promise.allSettled([init.publish(state.announcement), ...told])
  }

  return {
    state,
    get joined() {
      return joined
    },
    get problems() {
      const isAlone = vain > 0 && state.liveOthers.length === 0
      const alone = isAlone ? new CloudError('ALONE', { addresses: vain }) : undefined
      const inUse = state.isContested ? new CloudError('IDENTITY_IN_USE', { peer: state.self }) : undefined
      return [refusal ?? alone, inUse].filter((problem) => problem !== undefined)
    },
    get met() {
      return met
    },
    onChange: (listener) => listeners.add(listener),
    onJoined: (listener) => arrivals.add(listener),
    onReturned: (listener) => returns.add(listener),
    hear: (announcement) => settle(state.hear(announcement, clock.now())),
    start(joinAddresses, alone) {
      assert(subscriptions.length === 0 && !scope.signal.aborted, 'an overlay is started once')
      if (alone && joinAddresses.length === 0) arrive()
      subscriptions = serve()
      for (const { id: peer } of transport.peers()) connected.add(peer)
      announceAddresses()
      scope.spawn('probing', probeForEver)
      scope.repeat('exchange of tables', syncIntervalMs, syncOnce)
      scope.spawn('joining', (signal) =>
        keepJoined(
          context,
          {
            addresses: joinAddresses,
            synchroniser,
            joined() {
              arrive()
              publish()
            },
            failed(tried) {
              vain = tried
              if (alone) arrive()
            },
            refused(error) {
              if (!joined) refusal = error
            }
          },
          signal
        )
      )
    },
    async drain() {
      settle(state.announce({ draining: true }, clock.now()))
      await spreadLeave()
    },
    async stop(leave) {
      if (scope.signal.aborted) return scope.stop()
      if (leave !== undefined && subscriptions.length > 0) {
        settle(state.announce({ state: leave }, clock.now()))
        await spreadLeave()
      }
      for (const subscription of subscriptions) subscription.close()
      deadline.ringAt(Number.POSITIVE_INFINITY)
      gossip.ringAt(Number.POSITIVE_INFINITY)
      await scope.stop()
      words.close()
    }
  }
}

function announceable(addresses: readonly string[]): string[] {
  return addresses.filter((address) => address.length <= addressLengthMax).slice(0, addressesMax)
}
