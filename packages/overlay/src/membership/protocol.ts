import { bytesSchema } from '@cloudpeer/core'
import { defineProtocol } from '@cloudpeer/transport'
import { Type } from 'typebox'
import { descriptorDigestBytes } from '../network/descriptor.ts'
import { announcementBytesMax, rumourSchema, signedAnnouncementSchema } from './announcement.ts'
import { piggybackMax } from './news.ts'
import { pageBytes } from './table-page.ts'

/** Room for map keys and for the last entry, which may pass the bound. */
const marginBytes = 8 * 1024

/** The most entries of one page: no entry is smaller than 128 bytes. */
const pageEntriesMax = Math.ceil((pageBytes + announcementBytesMax) / 128)

const gossiped = {
  announcements: Type.Array(signedAnnouncementSchema, { maxItems: piggybackMax.count }),
  rumours: Type.Array(rumourSchema, { maxItems: piggybackMax.count })
}

const updatesSchema = Type.Object(gossiped, { additionalProperties: false })

/** Asks whether a member is there, and carries news both ways; gossip ticks use it too. */
export const probeProtocol = defineProtocol({
  id: '/cloudpeer/overlay/probe/1',
  request: updatesSchema,
  reply: updatesSchema,
  requestBytesMax: piggybackMax.bytes + marginBytes,
  replyBytesMax: piggybackMax.bytes + marginBytes,
  rate: { perSecond: 30, burst: 60 },
  lane: 'control',
  timeoutMs: 1_000
})

/**
 * What one member found when it tried to reach another: `reached`, whatever the answer was; `refused`, nothing listens
 * there; `silent`, nothing came back; `unknown`, not a member to it.
 */
export type ProbeOutcome = 'reached' | 'refused' | 'silent' | 'unknown'

/** Asks a member to probe another. */
export const probeForProtocol = defineProtocol({
  id: '/cloudpeer/overlay/probe-for/1',
  request: Type.Object({ target: Type.String({ minLength: 1, maxLength: 128 }) }, { additionalProperties: false }),
  reply: Type.Object(
    { outcome: Type.Union([Type.Literal('reached'), Type.Literal('refused'), Type.Literal('silent'), Type.Literal('unknown')]) },
    { additionalProperties: false }
  ),
  requestBytesMax: 256,
  replyBytesMax: 64,
  rate: { perSecond: 30, burst: 200 },
  lane: 'control',
  timeoutMs: 1_000
})

const pageSchema = {
  schemaVersion: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
  digest: bytesSchema(descriptorDigestBytes, descriptorDigestBytes),
  announcements: Type.Array(signedAnnouncementSchema, { maxItems: pageEntriesMax }),
  rumours: Type.Array(rumourSchema, { maxItems: pageEntriesMax })
}

/**
 * Exchanges whole tables, a page each way in one exchange. `after` asks for the replier's page behind that peer id, and is
 * absent once the asker has all of them; `next` is where the replier's next page begins, absent after its last.
 * It has the bulk lane, so that no probe waits behind it.
 */
export const syncProtocol = defineProtocol({
  id: '/cloudpeer/overlay/sync/1',
  request: Type.Object({ ...pageSchema, after: Type.Optional(Type.String({ maxLength: 128 })) }, { additionalProperties: false }),
  reply: Type.Object({ ...pageSchema, next: Type.Optional(Type.String({ maxLength: 128 })) }, { additionalProperties: false }),
  requestBytesMax: 256 * 1024,
  replyBytesMax: 256 * 1024,
  rate: { perSecond: 20, burst: 300 },
  lane: 'bulk',
  timeoutMs: 5_000
})
