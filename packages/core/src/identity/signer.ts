import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { equalBytes } from '../bytes/bytes.ts'
import { sha256 } from './hash.ts'
import { type PeerId, peerIdFromPublicKey, publicKeyFromPeerId } from './peer-id.ts'

/** Signs as one peer. */
export interface Signer {
  readonly self: PeerId
  /** Signs `payload` for one purpose: a signature made for one domain is worthless in another. */
  sign(domain: string, payload: Uint8Array): Uint8Array
}

/** Checks who signed. */
export interface Verifier {
  /** Whether `signature` is `peer`'s, over `payload`, for `domain`. False, never an error, for nonsense. */
  verify(peer: string, domain: string, payload: Uint8Array, signature: Uint8Array): boolean
}

/** The most public keys kept ready for verification. */
const verifierKeysMax = 16_384

/** PKCS #8 and SPKI headers of Ed25519 keys (RFC 8410, section 7). */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex')
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex')

/** A signer over an Ed25519 seed of 32 bytes (RFC 8032). */
export function createSigner(seed: Uint8Array): Signer {
  const key = createPrivateKey({ key: Buffer.concat([pkcs8Prefix, seed]), format: 'der', type: 'pkcs8' })
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(spkiPrefix.length)
  return {
    self: peerIdFromPublicKey(publicKey),
    sign: (domain, payload) => sign(null, signedBytes(domain, payload), key)
  }
}

/** Checks Ed25519 signatures by the public key in the peer id. */
export function createVerifier(): Verifier {
  const keys = new Map<string, KeyObject>()
  function keyOf(peer: string): KeyObject {
    const known = keys.get(peer)
    if (known !== undefined) return known
    const key = createPublicKey({ key: Buffer.concat([spkiPrefix, publicKeyFromPeerId(peer)]), format: 'der', type: 'spki' })
    if (keys.size >= verifierKeysMax) keys.delete(keys.keys().next().value as string)
    keys.set(peer, key)
    return key
  }
  return {
    verify(peer, domain, payload, signature) {
      try {
        return verify(null, signedBytes(domain, payload), keyOf(peer), signature)
      } catch {
        // A peer id that carries no key, or a key that is no point of the curve: nobody can have signed for it.
        return false
      }
    }
  }
}

/** A stand-in for whole simulated networks: a hash that only honest code can be trusted not to forge. */
export function createHashSigner(self: PeerId): Signer {
  return { self, sign: (domain, payload) => hashSignature(self, domain, payload) }
}

/** Checks the signatures of {@link createHashSigner}. */
export function createHashVerifier(): Verifier {
  return { verify: (peer, domain, payload, signature) => equalBytes(signature, hashSignature(peer, domain, payload)) }
}

function hashSignature(peer: string, domain: string, payload: Uint8Array): Uint8Array {
  const digest = sha256(Buffer.concat([Buffer.from(`${peer}\0`), signedBytes(domain, payload)]))
  return Buffer.concat([digest, digest])
}

/** What is signed: the domain, a zero byte, the payload. No domain contains a zero byte. */
function signedBytes(domain: string, payload: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(domain), Buffer.of(0), payload])
}
