import { isDeepStrictEqual } from 'node:util'
import { type Clock, createScope, isCloudError, type Log, type Random } from '@cloudpeer/core'
import type { Overlay } from '@cloudpeer/overlay'
import { type DataDirectory, type KnownPeer, peersMax } from '../data-directory/index.ts'

/** How often it is looked whether there are other peers to write down, in ms: a node that crashes before finds no way back by itself. */
export const peersIntervalMs = 2000

/** The multiaddrs of the peers of the last run, each naming its peer. */
export function rememberedAddresses(directory: DataDirectory): readonly string[] {
  return directory.peers().flatMap(({ peer, addresses }) => {
    return addresses.map((address) => (address.includes('/p2p/') ? address : `${address}/p2p/${peer}`))
  })
}

/** Writes down who is there, whenever that has changed and a last time when stopped, for the next run to begin with. */
export function rememberPeers(
  overlay: Pick<Overlay, 'self' | 'members'>,
  directory: DataDirectory,
  parts: { clock: Clock; random: Random; log: Log }
): { stop(): Promise<void> } {
  const scope = createScope(parts)
  let kept: readonly KnownPeer[] = []
  const keep = (): void => {
    const peers = knownPeers(overlay)
    // An empty list would forget the way back exactly when everyone else is out of sight.
    if (peers.length === 0 || isDeepStrictEqual(peers, kept)) return
    directory.keepPeers(peers)
    kept = peers
  }
  scope.repeat('remembering peers', () => peersIntervalMs, keep)
  return {
    async stop() {
      await scope.stop()
      try {
        keep()
      } catch (error) {
        // On a full disk the next run begins with what is there.
        if (!isCloudError(error)) throw error
        parts.log.warn('the peers were not written down', { code: error.code, ...error.fields })
      }
    }
  }
}

function knownPeers(overlay: Pick<Overlay, 'self' | 'members'>): readonly KnownPeer[] {
  const others = overlay.members().filter(({ peer, addresses }) => peer !== overlay.self && addresses.length > 0)
  const alive = others.filter(({ state }) => state === 'ALIVE')
  const rest = others.filter(({ state }) => state !== 'ALIVE')
  return [...alive, ...rest].slice(0, peersMax).map(({ peer, addresses }) => ({ peer, addresses }))
}
