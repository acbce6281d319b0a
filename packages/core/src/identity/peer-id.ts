import { base58btc } from 'multiformats/bases/base58'
import { CloudError } from '../errors/cloud-error.ts'

/** A libp2p peer id in its base58 text form. An Ed25519 id carries its public key. */
export type PeerId = string & { readonly peerId: unique symbol }

/** Identity multihash (0x00, 36 bytes) of a protobuf-encoded Ed25519 public key (libp2p peer id specification). */
const ed25519Prefix = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20)

/** The most decoded ids kept: the same few are read in every message, and base58 is slow. */
const decodedMax = 16_384
/** The longest text that is looked at, in characters: twice that of an Ed25519 id. */
const textLengthMax = 128
const decoded = new Map<string, Uint8Array>()

/** The multihash bytes of a peer id, not to be changed. INVALID for a text that is none. */
export function peerIdBytes(peerId: string): Uint8Array {
  const known = decoded.get(peerId)
  if (known !== undefined) return known
  const bytes = decodeBase58(peerId)
  if (decoded.size >= decodedMax) decoded.delete(decoded.keys().next().value as string)
  decoded.set(peerId, bytes)
  return bytes
}

function decodeBase58(text: string): Uint8Array {
  if (text.length <= textLengthMax) {
    try {
      return base58btc.decode(`z${text}`)
    } catch {
      // Said below, with the text.
    }
  }
  throw new CloudError('INVALID', { field: 'peer id', problem: `${text.slice(0, 64)} is not base58` })
}

/** The Ed25519 public key (32 bytes) that a peer id carries. INVALID for any other kind of id. */
export function publicKeyFromPeerId(peerId: string): Uint8Array {
  const bytes = peerIdBytes(peerId)
  const fits = bytes.length === ed25519Prefix.length + 32 && ed25519Prefix.every((byte, index) => bytes[index] === byte)
  if (!fits) throw new CloudError('INVALID', { field: 'peer id', problem: `${peerId.slice(0, 64)} is not an Ed25519 peer id` })
  return bytes.subarray(ed25519Prefix.length)
}

/** The peer id that belongs to an Ed25519 public key of 32 bytes. */
export function peerIdFromPublicKey(publicKey: Uint8Array): PeerId {
  const bytes = new Uint8Array(ed25519Prefix.length + publicKey.length)
  bytes.set(ed25519Prefix)
  bytes.set(publicKey, ed25519Prefix.length)
  return base58btc.encode(bytes).slice(1) as PeerId
}

/** The peer id that a text from outside gives. INVALID for anything but an Ed25519 id. */
export function parsePeerId(text: string): PeerId {
  publicKeyFromPeerId(text)
  return text as PeerId
}
