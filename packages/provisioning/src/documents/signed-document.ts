import { bytesSchema, CloudError, decode, encode, type PeerId, type Validator } from '@cloudpeer/core'
import { parsePeerId, type Signer, type Verifier } from '@cloudpeer/core/identity'
import { LRUCache } from 'lru-cache'
import { type TSchema, Type } from 'typebox'

/** Longest document, in bytes: an offer with all its GPUs and leases. */
export const documentBytesMax = 24 * 1024
/** Bytes of an Ed25519 signature. */
const signatureBytes = 64
/** Documents of one kind that are remembered as verified. */
const verifiedMax = 16_384

/** A document on the wire: `[bytes, signature]`. */
export const signedSchema = Type.Tuple([bytesSchema(documentBytesMax, 1), bytesSchema(signatureBytes, signatureBytes)])

/** Exactly the bytes that were signed, and the signature. */
export type Signed = readonly [bytes: Uint8Array, signature: Uint8Array]

/** A document whose signature was checked, with its signed form to pass on. */
export interface Verified<T> {
  readonly document: T
  readonly signed: Signed
}

/** One kind of signed document. */
export interface DocumentKind<T> {
  /** Signs a document of this node. */
  seal(document: T): Verified<T>
  /** Checks form, network and signature, in this order. MALFORMED, INVALID, DOCUMENT_OF_ANOTHER_NETWORK, DOCUMENT_FORGED. */
  open(signed: Signed): Verified<T>
}

/** What all documents have. */
interface Common {
  readonly network: string
}

/** What a kind of document is made of. */
export interface DocumentInit<T> {
  /** Its name: part of the signature's domain and of errors. */
  readonly kind: string
  readonly validator: Validator<TSchema>
  /** Who must have signed it. */
  readonly writerOf: (document: T) => PeerId
  /** What the form does not say; throws INVALID. */
  readonly check?: (document: T) => void
}

/** How documents of one network are signed and opened at one node. Each is verified once for as long as it is remembered. */
export function documentKind<T extends Common>(
  { kind, validator, writerOf, check }: DocumentInit<T>,
  { network, signer, verifier }: { readonly network: string; readonly signer: Signer; readonly verifier: Verifier }
): DocumentKind<T> {
  const domain = `cloudpeer/${kind}/v1/${network}`
  const known = new LRUCache<string, Verified<T>>({ maxSize: verifiedMax, sizeCalculation: () => 1 })

  function verify([bytes, signature]: Signed): Verified<T> {
    const document = validator.parse(decode(bytes, kind), kind) as T
    check?.(document)
    if (document.network !== network) throw new CloudError('DOCUMENT_OF_ANOTHER_NETWORK', { kind, network: document.network })
    const writer = parsePeerId(writerOf(document))
    if (!verifier.verify(writer, domain, bytes, signature)) throw new CloudError('DOCUMENT_FORGED', { kind, writer })
    return { document, signed: [bytes, signature] }
  }

  return {
    seal(document) {
      const bytes = encode(document)
      return { document, signed: [bytes, signer.sign(domain, bytes)] }
    },
    open([bytes, signature]) {
      const key = Buffer.from(signature.buffer, signature.byteOffset, signature.byteLength).toString('latin1')
      const found = known.get(key)
      if (found !== undefined && Buffer.compare(found.signed[0], bytes) === 0) return found
      const verified = verify([bytes.slice(), signature.slice()])
      known.set(key, verified)
      return verified
    }
  }
}
