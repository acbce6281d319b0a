import { compareDistance, type PeerId } from '@cloudpeer/core'
import { peerIdBytes, sha256 } from '@cloudpeer/core/identity'

/** A place in the key space. */
export interface Place {
  readonly peer: PeerId
  readonly digest: Uint8Array
  /** The first 32 bits of the digest: they decide nearly every comparison. */
  readonly prefix: number
}

/** The servers of one version of the directory, placed in Kademlia's key space. */
export type DistanceTable = readonly Place[]

/** A key in the same space. */
export interface Target {
  readonly digest: Uint8Array
  readonly prefix: number
}

/** The most places kept: the nodes of one process, and the routes of one node, ask for the same ones again and again. */
const placesMax = 16_384
const places = new Map<PeerId, Place>()

/** Places peers at SHA-256 of the multihash of their id. */
export function placeServers(servers: readonly PeerId[]): Place[] {
  return servers.map(placeOf)
}

/** The place of one peer. */
export function placeOf(peer: PeerId): Place {
  const known = places.get(peer)
  if (known !== undefined) return known
  const digest = sha256(peerIdBytes(peer))
  const place = { peer, digest, prefix: prefixOf(digest) }
  if (places.size >= placesMax) places.delete(places.keys().next().value as PeerId)
  places.set(peer, place)
  return place
}

/** SHA-256 of a key. */
export function targetOf(key: string): Target {
  const digest = sha256(key)
  return { digest, prefix: prefixOf(digest) }
}

/**
 * The first min(k, number of places) places in XOR order to a target. One pass that keeps the best k: for the sizes in
 * question it beats a trie.
 */
export function closest(table: DistanceTable, target: Target, k: number): readonly Place[] {
  const best: Place[] = []
  for (const place of table) insert(best, place, target, k)
  return best
}

/** Puts a place where it belongs among the best k; false if it is not one of them. */
export function insert(best: Place[], place: Place, target: Target, k: number): boolean {
  const last = best[best.length - 1]
  if (best.length === k && (last === undefined || compare(place, last, target) > 0)) return false
  let at = best.length
  while (at > 0 && compare(place, best[at - 1] as Place, target) < 0) at--
  best.splice(at, 0, place)
  if (best.length > k) best.pop()
  return true
}

function prefixOf(digest: Uint8Array): number {
  return new DataView(digest.buffer, digest.byteOffset).getUint32(0)
}

function compare(a: Place, b: Place, { digest, prefix }: Target): number {
  return ((a.prefix ^ prefix) >>> 0) - ((b.prefix ^ prefix) >>> 0) || compareDistance(digest, a.digest, b.digest)
}
