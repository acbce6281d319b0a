import { bytesSchema, CloudError, compareBytes, decode, encode, type PeerId, validator } from '@cloudpeer/core'
import { parsePeerId, type Signer, type Verifier } from '@cloudpeer/core/identity'
import {
  type Attributes,
  attributesMax,
  descriptionBytesMax,
  endpointsSchema,
  isAttributeName,
  isCanonicalAttributes,
  nameSchema,
  type ServiceDescription,
  type Subject,
  valuesMax
} from '@cloudpeer/model'
import { Type } from 'typebox'

/** A service, or the fact that it was withdrawn, as its owner signed it. */
export interface ServiceRecord extends Subject {
  /** Id of the network that it was made for. */
  readonly network: string
  readonly owner: PeerId
  readonly name: string
  /** How often the owner had started when it wrote this. */
  readonly epoch: number
  /** Grows with each change of this service. */
  readonly seq: number
  /** How long a receiver keeps it without hearing from the owner, in ms on the receiver's own clock. */
  readonly ttlMs: number
  /** Whether this is a tombstone: the owner withdrew the service. */
  readonly deleted: boolean
  readonly attributes: Attributes
  readonly endpoints: readonly string[]
}

/** A record as it is stored and sent: exactly the bytes that were signed. */
export interface SignedRecord {
  readonly bytes: Uint8Array
  readonly signature: Uint8Array
}

/** A record whose signature was checked, with the bytes to pass it on. */
export interface VerifiedRecord extends SignedRecord {
  readonly record: ServiceRecord
}

/** Longest encoded record, in bytes: a description and what the owner adds to it. */
export const recordBytesMax = descriptionBytesMax + 1024
/** Longest time a record may ask to be kept, in ms: a day. */
export const ttlMsMax = 86_400_000
/** Bytes of an Ed25519 signature. */
export const signatureBytes = 64

/** A signed record on the wire: `[bytes, signature]`. */
export const signedRecordSchema = Type.Tuple([bytesSchema(recordBytesMax, 1), bytesSchema(signatureBytes, signatureBytes)])

const valueSchema = Type.Union([Type.String(), Type.Number(), Type.Boolean()])

const recordValidator = validator(
  Type.Object(
    {
      network: Type.String({ maxLength: 64 }),
      owner: Type.String({ maxLength: 64 }),
      name: nameSchema,
      epoch: Type.Integer({ minimum: 1 }),
      seq: Type.Integer({ minimum: 1 }),
      ttlMs: Type.Integer({ minimum: 1, maximum: ttlMsMax }),
      deleted: Type.Boolean(),
      attributes: Type.Record(Type.String(), Type.Array(valueSchema, { minItems: 1, maxItems: valuesMax }), {
        maxProperties: attributesMax
      }),
      endpoints: endpointsSchema
    },
    { additionalProperties: false }
  )
)

/** What an owner adds to a description when it signs. */
export interface RecordVersion {
  readonly network: string
  readonly epoch: number
  readonly seq: number
  readonly ttlMs: number
}

/** Signs a service as it is now. */
export function signService(signer: Signer, version: RecordVersion, description: ServiceDescription): VerifiedRecord {
  return signRecord(signer, { ...version, ...description, owner: signer.self, deleted: false })
}

/** Signs that a service is withdrawn. */
export function signTombstone(signer: Signer, version: RecordVersion, name: string): VerifiedRecord {
  return signRecord(signer, { ...version, name, owner: signer.self, deleted: true, attributes: {}, endpoints: [] })
}

function signRecord(signer: Signer, record: ServiceRecord): VerifiedRecord {
  const bytes = encode(record)
  return { record, bytes, signature: signer.sign(recordDomain(record.network), bytes) }
}

/**
 * Checks a record from outside: form, network and signature, in this order and before anything is stored. MALFORMED,
 * INVALID, RECORD_OF_ANOTHER_NETWORK or RECORD_FORGED.
 */
export function openRecord(signed: SignedRecord, network: string, verifier: Verifier): VerifiedRecord {
  const fields = recordValidator.parse(decode(signed.bytes, 'record'), 'record')
  const { name } = fields
  const unnameable = Object.keys(fields.attributes).find((attribute) => !isAttributeName(attribute))
  if (unnameable !== undefined)
    throw new CloudError('INVALID', { field: `record.attributes.${unnameable}`, problem: 'is not an attribute name' })
  const strange = Object.keys(fields.attributes).find((attribute) => !isCanonicalAttributes({ [attribute]: fields.attributes[attribute] }))
  if (strange !== undefined) throw new CloudError('INVALID', { field: `record.attributes.${strange}`, problem: 'is not in canonical form' })
  if (fields.network !== network) throw new CloudError('RECORD_OF_ANOTHER_NETWORK', { name, network: fields.network })
  const owner = parsePeerId(fields.owner)
  if (!verifier.verify(owner, recordDomain(network), signed.bytes, signed.signature)) throw new CloudError('RECORD_FORGED', { name, owner })
  return { record: { ...fields, owner }, bytes: signed.bytes, signature: signed.signature }
}

/**
 * Order of two versions of one service: positive if `a` is newer, by (epoch, seq). An owner that signed two different
 * records for one version gets the one of the smaller bytes everywhere, so that copies still agree.
 */
export function compareVersions(a: VerifiedRecord, b: VerifiedRecord): number {
  return a.record.epoch - b.record.epoch || a.record.seq - b.record.seq || compareBytes(b.bytes, a.bytes)
}

function recordDomain(network: string): string {
  return `cloudpeer/record/v1/${network}`
}
