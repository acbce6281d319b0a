import { bytesSchema, CloudError, decode, encode, hexFromBytes, type PeerId, type Random, validator } from '@cloudpeer/core'
import { parsePeerId, type Signer, sha256, type Verifier } from '@cloudpeer/core/identity'
import { Type } from 'typebox'

/** A network: who founded it and the schema that its founder prescribes. */
export interface NetworkDescriptor {
  /** 32 hexadecimal digits: the first 16 bytes of SHA-256 over founder and nonce, so that nobody can claim another's network. */
  readonly id: string
  readonly founder: PeerId
  readonly name: string
  /** Grows with each schema that the founder publishes, from 1. */
  readonly schemaVersion: number
  /** The first 8 bytes of SHA-256 over the signed body: it tells schemas of one version apart, which a founder's disk of before can lead to. */
  readonly digest: Uint8Array
  /** A plain value that deterministic CBOR can hold; its meaning is not the overlay's. */
  readonly schema: unknown
}

/** A descriptor as it travels and is stored: deterministic CBOR, and the founder's signature over it. */
export interface SignedDescriptor {
  readonly body: Uint8Array
  readonly signature: Uint8Array
}

/** The most bytes of an encoded descriptor: it must fit a topic message with room to spare. */
export const descriptorBytesMax = 48 * 1024
/** The most characters of a network's name. */
export const networkNameLengthMax = 64

const domain = 'cloudpeer/network/v1'
const nonceBytes = 16
const idBytes = 16
/** Bytes of a descriptor's digest. */
export const descriptorDigestBytes = 8

/** Accepts a {@link SignedDescriptor} from outside. */
export const signedDescriptorSchema = Type.Object(
  { body: bytesSchema(descriptorBytesMax, 1), signature: bytesSchema(64, 64) },
  { additionalProperties: false }
)

const bodyValidator = validator(
  Type.Object(
    {
      founder: Type.String({ minLength: 1, maxLength: 128 }),
      nonce: bytesSchema(nonceBytes, nonceBytes),
      name: Type.String({ minLength: 1, maxLength: networkNameLengthMax }),
      schemaVersion: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
      schema: Type.Unknown()
    },
    { additionalProperties: false }
  )
)

interface Body {
  readonly founder: string
  readonly nonce: Uint8Array
  readonly name: string
  readonly schemaVersion: number
  readonly schema: unknown
}

/** What a founder decides. */
export interface Founding {
  readonly signer: Signer
  readonly random: Random
  readonly name: string
  readonly schema: unknown
  /** 1 unless said otherwise. */
  readonly schemaVersion?: number
}

/** Founds a network: its first descriptor. INVALID for a name or schema that no other node would take. */
export function foundNetwork({ signer, random, name, schema, schemaVersion = 1 }: Founding): SignedDescriptor {
  return sealed(signer, { founder: signer.self, nonce: random.bytes(nonceBytes), name, schemaVersion, schema })
}

/** The descriptor after `signed`, with another schema. NOT_FOUNDER, STALE_NETWORK, INVALID. */
export function reviseNetwork(signed: SignedDescriptor, signer: Signer, schema: unknown, schemaVersion: number): SignedDescriptor {
  const body = parsedBody(signed)
  if (body.founder !== signer.self) throw new CloudError('NOT_FOUNDER', { peer: signer.self, founder: body.founder })
  if (schemaVersion <= body.schemaVersion) throw new CloudError('STALE_NETWORK', { version: schemaVersion, known: body.schemaVersion })
  return sealed(signer, { ...body, schema, schemaVersion })
}

/** The network that a signed descriptor describes. MALFORMED or INVALID for nonsense, FORGED_NETWORK for another signer's. */
export function openDescriptor(signed: SignedDescriptor, verifier: Verifier): NetworkDescriptor {
  const { nonce, ...body } = parsedBody(signed)
  const founder = parsePeerId(body.founder)
  const id = hexFromBytes(sha256(encode({ founder, nonce })).subarray(0, idBytes))
  if (!verifier.verify(founder, domain, signed.body, signed.signature)) {
    throw new CloudError('FORGED_NETWORK', { network: id, problem: 'the signature does not fit' })
  }
  const digest = sha256(signed.body).subarray(0, descriptorDigestBytes)
  return { id, founder, name: body.name, schemaVersion: body.schemaVersion, digest, schema: body.schema }
}

/** Which of a network's descriptors one is. */
export type DescriptorVersion = Pick<NetworkDescriptor, 'schemaVersion' | 'digest'>

/** Whether one descriptor is later than another of its network: by version, and of one version by digest, so that all go by the same in the end. */
export function isLaterDescriptor(next: DescriptorVersion, current: DescriptorVersion): boolean {
  if (next.schemaVersion !== current.schemaVersion) return next.schemaVersion > current.schemaVersion
  return Buffer.compare(next.digest, current.digest) > 0
}

/** Whether `next` replaces `current`. WRONG_NETWORK for a descriptor of another network. */
export function acceptUpdate(current: NetworkDescriptor, next: NetworkDescriptor): boolean {
  if (next.id !== current.id) throw new CloudError('WRONG_NETWORK', { network: next.id, expected: current.id })
  return isLaterDescriptor(next, current)
}

function parsedBody(signed: SignedDescriptor): Body {
  return bodyValidator.parse(decode(signed.body, 'network.body'), 'network')
}

function sealed(signer: Signer, body: Body): SignedDescriptor {
  bodyValidator.parse(body, 'network')
  const bytes = encodedBody(body)
  if (bytes.length > descriptorBytesMax)
    throw new CloudError('TOO_LARGE', { field: 'network.schema', bytes: bytes.length, max: descriptorBytesMax })
  return { body: bytes, signature: signer.sign(domain, bytes) }
}

function encodedBody(body: Body): Uint8Array {
  try {
    return encode(body)
  } catch (cause) {
    throw new CloudError('INVALID', { field: 'network.schema', problem: 'holds a value that CBOR cannot encode' }, { cause })
  }
}
