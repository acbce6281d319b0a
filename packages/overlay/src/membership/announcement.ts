import { bytesSchema, CloudError, decode, encode, equalBytes, keepEncoding, type PeerId, validator } from '@cloudpeer/core'
import { parsePeerId, type Signer, type Verifier } from '@cloudpeer/core/identity'
import { type Static, Type } from 'typebox'
import { addressesMax, addressLengthMax, labelLengthMax, labelsMax } from './member.ts'
import { ReadBodies } from './read-bodies.ts'

const counter = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER - 1 })
const peerText = Type.String({ minLength: 1, maxLength: 128 })

/** Bytes by which one start of a member differs from all others, chosen at random. */
export const startBytes = 8

const announcementSchema = Type.Object(
  {
    network: Type.String({ minLength: 32, maxLength: 32 }),
    peer: peerText,
    epoch: counter,
    incarnation: counter,
    start: bytesSchema(startBytes, startBytes),
    addresses: Type.Array(Type.String({ minLength: 1, maxLength: addressLengthMax }), { maxItems: addressesMax }),
    labels: Type.Record(Type.String({ minLength: 1, maxLength: labelLengthMax }), Type.String({ maxLength: labelLengthMax }), {
      maxProperties: labelsMax
    }),
    state: Type.Union([Type.Literal('ALIVE'), Type.Literal('AWAY'), Type.Literal('GONE')]),
    draining: Type.Optional(Type.Literal(true))
  },
  { additionalProperties: false }
)

/** The most bytes of an encoded announcement: all addresses and labels at their longest, in UTF-8, and the rest. */
export const announcementBytesMax = 4 * (addressesMax * addressLengthMax + 2 * labelsMax * labelLengthMax) + 512

/** What a member says of itself. */
export type Announcement = Omit<Static<typeof announcementSchema>, 'peer'> & { readonly peer: PeerId }

/** Accepts a {@link SignedAnnouncement} from outside. */
export const signedAnnouncementSchema = Type.Object(
  { body: bytesSchema(announcementBytesMax, 1), signature: bytesSchema(64, 64) },
  { additionalProperties: false }
)

/** An announcement as it travels: deterministic CBOR, and the member's own signature over it. */
export type SignedAnnouncement = Static<typeof signedAnnouncementSchema>

/** Accepts a {@link Rumour} from outside. */
export const rumourSchema = Type.Object(
  {
    peer: peerText,
    epoch: counter,
    incarnation: counter,
    state: Type.Union([Type.Literal('SUSPECT'), Type.Literal('AWAY')]),
    by: peerText
  },
  { additionalProperties: false }
)

/**
 * A verdict of one member on another, unsigned: it binds only to the announcement of exactly that epoch and incarnation,
 * and a later announcement refutes it.
 */
export type Rumour = Static<typeof rumourSchema>

/** What members tell each other of members. Announcements are taken before rumours. */
export interface Updates {
  readonly announcements: readonly SignedAnnouncement[]
  readonly rumours: readonly Rumour[]
}

const bodyValidator = validator(announcementSchema)

/** Whole tables are exchanged again and again: what comes with the same bytes is not decoded twice, and kept once. */
const readBodies = new ReadBodies<Announcement>()
const shared = new WeakMap<Announcement, SignedAnnouncement>()
/** The signature that was found to be good: an announcement is looked at when it is judged, and when it is taken. */
const verified = new WeakMap<Announcement, { readonly verifier: Verifier; readonly signature: Uint8Array }>()

/** Signs what this node says of itself. INVALID for addresses or labels beyond the bounds. */
export function sealAnnouncement(announcement: Announcement, signer: Signer): SignedAnnouncement {
  const body = encode(bodyValidator.parse(announcement, 'announcement'))
  return { body, signature: signer.sign(domainOf(announcement.network), body) }
}

/** Reads an announcement without believing it. MALFORMED, INVALID, or WRONG_NETWORK for a member of another network. */
export function readAnnouncement({ body }: SignedAnnouncement, network: string): Announcement {
  const announcement = readBodies.get(body) ?? readBody(body)
  if (announcement.network !== network) throw new CloudError('WRONG_NETWORK', { network: announcement.network, expected: network })
  return announcement
}

function readBody(body: Uint8Array): Announcement {
  const parsed = bodyValidator.parse(decode(body, 'announcement'), 'announcement')
  const announcement = { ...parsed, peer: parsePeerId(parsed.peer) }
  readBodies.put(body, announcement)
  return announcement
}

/** Of whom an announcement speaks that was read lately; undefined for any other. */
export function announcedPeer({ body }: SignedAnnouncement): PeerId | undefined {
  return readBodies.get(body)?.peer
}

/** FORGED_MEMBER unless the member itself signed the announcement. What was found to be signed is not verified again. */
export function checkSignature(announcement: Announcement, { body, signature }: SignedAnnouncement, verifier: Verifier): void {
  const known = verified.get(announcement)
  if (known?.verifier === verifier && equalBytes(known.signature, signature)) return
  if (!verifier.verify(announcement.peer, domainOf(announcement.network), body, signature))
    throw new CloudError('FORGED_MEMBER', { peer: announcement.peer })
  verified.set(announcement, { verifier, signature })
}

/**
 * The signed form of an announcement that is verified, one for all who hold it: it is encoded once, and a table of thousands
 * that many nodes of one process hold is there once.
 */
export function shareAnnouncement(announcement: Announcement, signed: SignedAnnouncement): SignedAnnouncement {
  const known = shared.get(announcement)
  if (known !== undefined && equalBytes(known.signature, signed.signature)) return known
  shared.set(announcement, keepEncoding(signed))
  return signed
}

function domainOf(network: string): string {
  return `cloudpeer/member/v1/${network}`
}
