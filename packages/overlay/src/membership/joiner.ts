import { backoffMs, type CloudError, errorMessage, isCloudError, jittered, type PeerId, sample, sleep } from '@cloudpeer/core'
import { aliveOthers, liveOthers, type MembershipContext } from './context.ts'
import type { Synchroniser } from './synchroniser.ts'

/**
 * Waits before two more exchanges of tables, in ms. Where many start at once they join each other in small groups, whose
 * news is spread while there is nobody outside of the group to hear it, and which may not know of each other at all.
 */
const settlingMs = [500, 1_500]

/** Further members to synchronise with after the one that a join went through, in case that one knew little. */
const furtherSyncs = 2

/** How a node gets into its network and stays in it. */
export interface JoinerInit {
  /** Multiaddrs to try in turn. */
  readonly addresses: readonly string[]
  readonly synchroniser: Synchroniser
  /** Called after each exchange with a peer that was reached by its address. */
  joined(): void
  /** Called when all addresses were tried in vain, so many. */
  failed(tried: number): void
  /** Called when somebody was reached who does not let this node in: it is of another network, or has no room. */
  refused(error: CloudError): void
}

/**
 * Joins, and for ever after mends what came apart: a node without live peers goes on trying every address it knows, one
 * with some tries the crashed members, and the addresses behind which it has met nobody yet, one at a time. So full restarts
 * and partitions heal without anybody's help.
 */
export async function keepJoined(context: MembershipContext, init: JoinerInit, signal: AbortSignal): Promise<void> {
  const { options, clock, random } = context
  const backoff = { firstMs: options.joinFirstMs, maxMs: options.joinMaxMs, attemptsMax: Number.POSITIVE_INFINITY }
  const search: Search = { context, init, refused: new Set(), met: new Set(), signal }
  for (let attempt = 1; ; attempt++) {
    if (liveOthers(context).length === 0) await joinThrough(search)
    if (liveOthers(context).length === 0) await sleep(clock, backoffMs(backoff, attempt, random), signal)
    else {
      await stayTogether(search)
      attempt = 0
    }
  }
}

/** What joining and mending share. */
interface Search {
  readonly context: MembershipContext
  readonly init: JoinerInit
  /** Addresses of other networks: never tried again. */
  readonly refused: Set<string>
  /** Addresses behind which somebody was found. */
  readonly met: Set<string>
  readonly signal: AbortSignal
}

async function joinThrough(search: Search): Promise<void> {
  const { context, init, refused, signal } = search
  const { state, random } = context
  const remembered = state.members().flatMap(({ peer, addresses }) => (peer === state.self ? [] : addresses))
  const known = [...new Set([...init.addresses, ...remembered])].filter((address) => !refused.has(address))
  for (const address of known) {
    const peer = await meet(search, address)
    if (peer === undefined) continue
    const others = aliveOthers(context).filter((other) => other !== peer)
    return syncWithEach(context, init.synchroniser, sample(random, others, furtherSyncs), signal)
  }
  init.failed(known.length)
}

/** Exchanges tables with whoever is at an address; undefined if nobody of this network answers there. */
async function meet({ context, init, refused, met, signal }: Search, address: string): Promise<PeerId | undefined> {
  const { state, transport, log } = context
  try {
    const peer = await transport.connect(address, { signal })
    if (peer !== state.self) {
      await init.synchroniser.syncWith(peer, signal)
      init.joined()
      log.info('joined', { address, members: state.members().length })
    }
    met.add(address)
    return peer === state.self ? undefined : peer
  } catch (error) {
    if (!isCloudError(error) || signal.aborted) throw error
    if (error.code === 'WRONG_NETWORK') {
      refused.add(address)
      init.refused(error)
      log.error('this address belongs to another network and will not be tried again', { address, ...error.fields })
    } else if (error.code === 'MEMBERS_FULL') {
      init.refused(error)
      log.error('this network has no room for another member; it will be tried again', { address, ...error.fields })
    } else log.debug('no way in', { address, problem: errorMessage(error) })
    return undefined
  }
}

/** Resolves when this node has lost everybody. */
async function stayTogether(search: Search): Promise<void> {
  const { context, init, signal } = search
  const { options, clock, random } = context
  for (const waitMs of settlingMs) {
    await sleep(clock, jittered(random, waitMs), signal)
    await syncWithEach(context, init.synchroniser, sample(random, aliveOthers(context), 1), signal)
    await reconnect(search)
  }
  while (liveOthers(context).length > 0) {
    await sleep(clock, options.reconnectIntervalMs, signal)
    await reconnect(search)
  }
}

/** Tries one crashed member, and one address behind which there is nobody that this node knows: two groups may have come to be. */
async function reconnect(search: Search): Promise<void> {
  const { context, init, refused, met, signal } = search
  const { random, state } = context
  await syncWithEach(context, init.synchroniser, sample(random, state.lost(), 1), signal)
  const strange = init.addresses.filter((address) => !refused.has(address) && !met.has(address) && !isOfMember(context, address))
  for (const address of sample(random, strange, 1)) await meet(search, address)
}

function isOfMember({ state }: MembershipContext, address: string): boolean {
  const peer = /\/p2p\/([^/]+)$/.exec(address)?.[1]
  return peer !== undefined && state.member(peer as PeerId) !== undefined
}

/** Synchronises with each peer in turn; one that does not answer is the prober's concern. */
export async function syncWithEach(
  { log }: MembershipContext,
  synchroniser: Synchroniser,
  peers: readonly PeerId[],
  signal: AbortSignal
): Promise<void> {
  for (const peer of peers) {
    try {
      await synchroniser.syncWith(peer, signal)
    } catch (error) {
      if (!isCloudError(error) || signal.aborted) throw error
      log.debug('no exchange of tables', { peer, problem: errorMessage(error) })
    }
  }
}
