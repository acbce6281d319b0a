import { backoffMs, errorMessage, isCloudError, type PeerId, pick, sample, sleep } from '@cloudpeer/core'
import { aliveOthers, liveOthers, type MembershipContext } from './context.ts'
import type { Synchroniser } from './synchroniser.ts'

/** Further members to synchronise with after the one that a join went through, in case that one knew little. */
const furtherSyncs = 2

/** How a node gets into its network and stays in it. */
export interface JoinerInit {
  /** Multiaddrs to try in turn. */
  readonly addresses: readonly string[]
  readonly synchroniser: Synchroniser
  /** Called after each exchange with a peer that was reached by its address. */
  joined(): void
  /** Called when all addresses were tried in vain. */
  failed(): void
}

/**
 * Joins, and for ever after mends what came apart: a node without live peers goes on trying every address it knows, one
 * with some tries the crashed members, one at a time. So full restarts and partitions heal without anybody's help.
 */
export async function keepJoined(context: MembershipContext, init: JoinerInit, signal: AbortSignal): Promise<void> {
  const { options, clock, random } = context
  const backoff = { firstMs: options.joinFirstMs, maxMs: options.joinMaxMs, attemptsMax: Number.POSITIVE_INFINITY }
  const refused = new Set<string>()
  for (let attempt = 1; ; attempt++) {
    const lonely = liveOthers(context).length === 0
    if (!lonely) attempt = 0
    else if (!(await joinThrough(context, init, refused, signal))) init.failed()
    await sleep(clock, attempt === 0 ? options.reconnectIntervalMs : backoffMs(backoff, attempt, random), signal)
    if (!lonely) await reconnect(context, init.synchroniser, signal)
  }
}

async function joinThrough(context: MembershipContext, init: JoinerInit, refused: Set<string>, signal: AbortSignal): Promise<boolean> {
  const { state, transport, random, log } = context
  const remembered = state.members().flatMap(({ peer, addresses }) => (peer === state.self ? [] : addresses))
  for (const address of new Set([...init.addresses, ...remembered])) {
    if (refused.has(address)) continue
    try {
      const peer = await transport.connect(address, { signal })
      if (peer === state.self) continue
      await init.synchroniser.syncWith(peer, signal)
      init.joined()
      log.info('joined', { address, members: state.members().length })
      const others = aliveOthers(context).filter((other) => other !== peer)
      await syncWithEach(context, init.synchroniser, sample(random, others, furtherSyncs), signal)
      return true
    } catch (error) {
      if (!isCloudError(error) || signal.aborted) throw error
      if (error.code === 'WRONG_NETWORK') {
        refused.add(address)
        log.error('this address belongs to another network and will not be tried again', { address, ...error.fields })
      } else log.debug('no way in', { address, problem: errorMessage(error) })
    }
  }
  return false
}

async function reconnect(context: MembershipContext, synchroniser: Synchroniser, signal: AbortSignal): Promise<void> {
  const lost = context.state.lost()
  if (lost.length > 0) await syncWithEach(context, synchroniser, [pick(context.random, lost)], signal)
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
