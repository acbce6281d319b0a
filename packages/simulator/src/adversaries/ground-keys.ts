import { compareDistance } from '@cloudpeer/core'
import { peerIdBytes, type Signer, sha256 } from '@cloudpeer/core/identity'
import { shardKey } from '@cloudpeer/registry/protocols'
import type { AdversaryGround } from './adversary.ts'
import { createKey, networkIn } from './raid.ts'

/**
 * The keys, of `tried` new ones, whose Kademlia ids are nearest to an attribute's shard. Grinding costs an attacker a hash a key, and
 * puts it among the replicas.
 */
export function groundKeys(ground: AdversaryGround, attribute: string, count: number, tried = 200): readonly Signer[] {
  return keysNear(ground, shardKey(networkIn(ground), { attribute }), count, tried)
}

/** A key that makes its owner the first matcher of the cell of a network that has one only. */
export function keyOfMatcher(ground: AdversaryGround): Signer {
  return keysNear(ground, `cloudpeer/cell/${networkIn(ground)}/.`, 1, 200)[0] as Signer
}

/** By SHA-256 of the multihash of the peer id, and XOR. */
function keysNear(ground: AdversaryGround, key: string, count: number, tried: number): readonly Signer[] {
  const digest = sha256(key)
  const keys = Array.from({ length: tried }, () => createKey(ground))
  const places = keys.map((signer) => ({ signer, place: sha256(peerIdBytes(signer.self)) }))
  places.sort((a, b) => compareDistance(digest, a.place, b.place))
  return places.slice(0, count).map(({ signer }) => signer)
}

/** A key that makes its owner a replica of the shard of the names, which holds every record. */
export function keyOfReplica(ground: AdversaryGround): Signer {
  return groundKeys(ground, 'name', 1)[0] as Signer
}
