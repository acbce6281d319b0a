import { assert, type Clock, isCloudError, type PeerId, type Random, type Scope } from '@cloudpeer/core'
import type { Transport } from '@cloudpeer/transport'
import type { ServerChanges } from '../membership/server-changes.ts'
import { RouteCache } from './route-cache.ts'

/** One route in so many is compared with Kademlia's. */
const crossCheckShare = 100
/** Time between two such comparisons, in ms: a look-up costs about fifty messages, and a busy node routes thousands of keys a second. */
const crossCheckIntervalMs = 1_000
/** Peers asked of Kademlia beyond those wanted, for it may still name some that are away. */
const spare = 8

/** How often routes by the directory were compared with Kademlia's. */
export interface RoutingStatistics {
  readonly crossChecked: number
  readonly disagreed: number
}

/** The directory as routing sees it. */
export interface RoutingDirectory {
  servers(): readonly PeerId[]
  /** What became of them since. */
  readonly serverChanges: ServerChanges
  /** Whether the directory knows that a peer is away. */
  isAway(peer: PeerId): boolean
  /** Whether the directory knows too little to be asked. */
  readonly cold: boolean
}

/** How nodes are located. */
export interface LocateOptions {
  readonly signal?: AbortSignal
  /** Asks Kademlia although the directory knows: those that it names did not answer. */
  readonly avoidDirectory?: boolean
}

/** Which members are responsible for a key. */
export interface Router {
  readonly statistics: RoutingStatistics
  responsible(key: string, k: number): readonly PeerId[]
  locate(key: string, k: number, options: LocateOptions): Promise<readonly PeerId[]>
  distrust(): void
}

/** What routing needs of its surroundings. */
export interface RouterComponents {
  readonly clock: Clock
  readonly transport: Transport
  readonly random: Random
  readonly scope: Scope
}

/** Routes by the directory, and by Kademlia where that fails. */
export function createRouter(directory: RoutingDirectory, { clock, transport, random, scope }: RouterComponents): Router {
  const statistics = { crossChecked: 0, disagreed: 0 }
  const routes = new RouteCache()
  let version = -1
  let nextCheckMs = clock.now()
  let distrusted = false

  function byDirectory(key: string, k: number): readonly PeerId[] {
    const { serverChanges } = directory
    if (version !== serverChanges.version) {
      const changes = version < 0 ? undefined : serverChanges.since(version)
      if (changes === undefined) routes.reset(directory.servers())
      else for (const change of changes) routes.apply(change)
      version = serverChanges.version
    }
    return routes.find(key, k)
  }

  async function byKademlia(key: string, k: number, signal: AbortSignal): Promise<PeerId[]> {
    const peers = await transport.closestPeers(Buffer.from(key), k + spare, { signal })
    return peers.filter((peer) => !directory.isAway(peer)).slice(0, k)
  }

  /** Compares in the background, one route at a time; a change of the directory meanwhile makes the comparison void. */
  function crossCheck(key: string, k: number): void {
    if (clock.now() < nextCheckMs) return
    nextCheckMs = Number.POSITIVE_INFINITY
    const before = directory.serverChanges.version
    scope.spawn('cross-check of a route', async (signal) => {
      try {
        const peers = await byKademlia(key, k, signal)
        if (directory.serverChanges.version !== before) return
        statistics.crossChecked++
        const expected = new Set(byDirectory(key, k))
        if (peers.length !== expected.size || peers.some((peer) => !expected.has(peer))) statistics.disagreed++
      } catch (error) {
        // Kademlia gives no answer now: that is no disagreement.
        if (!isCloudError(error)) throw error
      } finally {
        nextCheckMs = clock.now() + crossCheckIntervalMs
      }
    })
  }

  return {
    statistics,
    responsible(key, k) {
      assert(Number.isSafeInteger(k) && k > 0, `${k} responsible nodes`)
      if (random.integer(crossCheckShare) === 0) crossCheck(key, k)
      return byDirectory(key, k)
    },
    async locate(key, k, { signal = scope.signal, avoidDirectory = false }) {
      return avoidDirectory || distrusted || directory.cold ? byKademlia(key, k, signal) : byDirectory(key, k)
    },
    distrust() {
      distrusted = true
    }
  }
}
