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
  /** Signs a document of this node. INVALID for one that is longer than {@link documentBytesMax}: nobody would take it. */
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
  init: DocumentInit<T>,
  { network, signer, verifier }: { readonly network: string; readonly signer: Signer; readonly verifier: Verifier }
): DocumentKind<T> {
  const { kind } = init
  const known = new LRUCache<string, Verified<T>>({ maxSize: verifiedMax, sizeCalculation: () => 1 })

  function verified(signed: Signed): T {
    const document = readDocument(init, signed)
    if (document.network !== network) throw new CloudError('DOCUMENT_OF_ANOTHER_NETWORK', { kind, network: document.network })
    verifyDocument(init, verifier, document, signed)
    return document
  }

  return {
    seal(document) {
      const bytes = encode(document)
      if (bytes.length > documentBytesMax) throw tooLong(kind, bytes.length)
      return { document, signed: [bytes, signer.sign(domainOf(kind, network), bytes)] }
    },
    open([bytes, signature]) {
      const key = Buffer.from(signature.buffer, signature.byteOffset, signature.byteLength).toString('latin1')
      const found = known.get(key)
      if (found !== undefined && Buffer.compare(found.signed[0], bytes) === 0) return found
      // Copies, lest what is kept holds on to the message that it came with.
      const opened = { document: verified([bytes, signature]), signed: [bytes.slice(), signature.slice()] as const }
      known.set(key, opened)
      return opened
    }
  }
}

/** Checks a document of any network: its form, and then that its writer signed it for the network that it names. MALFORMED, INVALID, DOCUMENT_FORGED. */
export function checkDocument<T extends Common>(init: DocumentInit<T>, verifier: Verifier, signed: Signed): T {
  const document = readDocument(init, signed)
  verifyDocument(init, verifier, document, signed)
  return document
}

/** What an array was read as, for all who are shown the very same one: many nodes of one process. */
const read = new WeakMap<Uint8Array, { readonly kind: string; readonly document: unknown }>()

function readDocument<T>({ kind, validator, check }: DocumentInit<T>, [bytes]: Signed): T {
  const known = read.get(bytes)
  if (known?.kind === kind) return known.document as T
  const document = validator.parse(decode(bytes, kind), kind) as T
  check?.(document)
  read.set(bytes, { kind, document })
  return document
}

function verifyDocument<T extends Common>(
  { kind, writerOf }: DocumentInit<T>,
  verifier: Verifier,
  document: T,
  [bytes, signature]: Signed
): void {
  const writer = parsePeerId(writerOf(document))
  if (!verifier.verify(writer, domainOf(kind, document.network), bytes, signature))
    throw new CloudError('DOCUMENT_FORGED', { kind, writer })
}

function tooLong(kind: string, bytes: number): CloudError {
  return new CloudError('INVALID', { field: kind, problem: `has ${bytes} bytes, more than ${documentBytesMax}` })
}

function domainOf(kind: string, network: string): string {
  return `cloudpeer/${kind}/v1/${network}`
}
