import { compareDistance, type PeerId } from '@cloudpeer/core'
import { peerIdBytes, sha256 } from '@cloudpeer/core/identity'

/** A place in the key space. */
interface Place {
  readonly peer: PeerId
  readonly digest: Uint8Array
  /** The first 32 bits of the digest: they decide nearly every comparison. */
  readonly prefix: number
}

/** The servers of one version of the directory, placed in Kademlia's key space. */
export type DistanceTable = readonly Place[]

/** Places peers at SHA-256 of the multihash of their id; places of `before` are used again. */
export function placeServers(servers: readonly PeerId[], before: DistanceTable = []): DistanceTable {
  const known = new Map(before.map((place) => [place.peer, place]))
  return servers.map((peer) => known.get(peer) ?? placeOf(peer))
}

/**
 * The first min(k, number of places) peers in XOR order to SHA-256(key). One pass that keeps the best k: for the
 * sizes in question it beats a trie.
 */
export function closest(table: DistanceTable, key: string, k: number): PeerId[] {
  const target = sha256(key)
  const prefix = prefixOf(target)
  const best: Place[] = []
  for (const place of table) {
    const last = best[best.length - 1]
    if (best.length === k && (last === undefined || compare(place, last, target, prefix) > 0)) continue
    let at = best.length
    while (at > 0 && compare(place, best[at - 1] as Place, target, prefix) < 0) at--
    best.splice(at, 0, place)
    if (best.length > k) best.pop()
  }
  return best.map(({ peer }) => peer)
}

function placeOf(peer: PeerId): Place {
  const digest = sha256(peerIdBytes(peer))
  return { peer, digest, prefix: prefixOf(digest) }
}

function prefixOf(digest: Uint8Array): number {
  return new DataView(digest.buffer, digest.byteOffset).getUint32(0)
}

function compare(a: Place, b: Place, target: Uint8Array, prefix: number): number {
  return ((a.prefix ^ prefix) >>> 0) - ((b.prefix ^ prefix) >>> 0) || compareDistance(target, a.digest, b.digest)
}
