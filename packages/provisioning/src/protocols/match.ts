import { amountMax, nodesMax } from '@cloudpeer/model'
import { defineProtocol } from '@cloudpeer/transport'
import { Type } from 'typebox'
import { peerSchema } from '../documents/offer.ts'
import { countMax, requestIdSchema } from '../documents/request.ts'
import { documentBytesMax, signedSchema } from '../documents/signed-document.ts'

const closed = { additionalProperties: false }
const cellSchema = Type.String({ minLength: 1, maxLength: 128 })
const dimensionSchema = Type.Integer({ minimum: 0, maximum: 15 })
const positionSchema = Type.Number({ minimum: 0, maximum: 1 })
const countSchema = Type.Integer({ minimum: 0, maximum: amountMax })

/** The text of a part of a cell that is split, with up to 12 steps; see {@link Cell} in cells. */
const partSchema = Type.String({ minLength: 1, maxLength: 384 })

/** The most cells of one request. */
export const requestCellsMax = 16
/** Requests of one submission, requests withdrawn by it, cells of one question, offers of one page. */
export const submittedMax = 32
export const withdrawnMax = 256
export const askedCellsMax = 1024
export const pagedOffersMax = 256

/** Parts whose loads are asked for at once: a cell of the grid with the two halves of each of 256 cuts. */
const loadCellsMax = 513

/** How a cell of the grid is split, told to whoever uses it. See {@link SplitTree} in cells. */
export const treeSchema = Type.Object(
  {
    cell: cellSchema,
    /** Grows with each change; 0 is the cell as a whole. */
    version: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    /** `[path, dimension, at]`: the part at `path` (a text of < and >) is cut in a dimension at a position between 0 and 1. */
    cuts: Type.Array(Type.Tuple([Type.String({ maxLength: 12 }), dimensionSchema, positionSchema]), { maxItems: 256 })
  },
  closed
)

/**
 * A requester leaves requests with a matcher of their cells, tells anew that they still wait, and withdraws others. What is refused is named by its
 * place: NOT_MATCHER, QUEUE_FULL, or what is wrong with the request. Telling twice changes nothing. What comes after a later message is refused as a
 * whole, OVERTAKEN: it may tell of what has been withdrawn since.
 */
export const submitProtocol = defineProtocol({
  id: '/cloudpeer/provisioning/submit/1',
  request: Type.Object(
    {
      requests: Type.Array(
        Type.Object(
          {
            request: signedSchema,
            /** The cells in which this matcher is to match it, and the place of each among all its cells: later ones wait a little first. */
            cells: Type.Array(Type.Tuple([partSchema, Type.Integer({ minimum: 0, maximum: requestCellsMax - 1 })]), {
              minItems: 1,
              maxItems: requestCellsMax
            }),
            /** The units that are still wanted. */
            wanted: Type.Array(Type.Integer({ minimum: 0, maximum: countMax - 1 }), { minItems: 1, maxItems: countMax }),
            waitedMs: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
          },
          closed
        ),
        { maxItems: submittedMax }
      ),
      /** Requests of this requester that wait no more. */
      withdrawn: Type.Array(requestIdSchema, { maxItems: withdrawnMax }),
      /** Which message of the requester it is: its start, and the place among the messages of that. */
      epoch: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
      seq: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
    },
    closed
  ),
  reply: Type.Object(
    {
      /** The code of the error of each request that was refused, by its place. */
      refused: Type.Array(
        Type.Object({ index: Type.Integer({ minimum: 0, maximum: submittedMax - 1 }), code: Type.String({ maxLength: 64 }) }),
        {
          maxItems: submittedMax
        }
      ),
      /** How the cells of the grid of these requests are split, where they are. */
      trees: Type.Array(treeSchema, { maxItems: requestCellsMax })
    },
    closed
  ),
  requestBytesMax: 512 * 1024,
  replyBytesMax: 128 * 1024,
  rate: { perSecond: 2_000, burst: 6_000 },
  lane: 'control',
  timeoutMs: 2_500
})

/** An owner gives an offer to a matcher of its base cell by itself: when its topic reached nobody. Refused as a whole: NOT_MATCHER, or what is wrong. */
export const offerProtocol = defineProtocol({
  id: '/cloudpeer/provisioning/offer/1',
  request: Type.Object({ offer: signedSchema }, closed),
  reply: Type.Object({}, closed),
  requestBytesMax: documentBytesMax + 1024,
  replyBytesMax: 1024,
  rate: { perSecond: 500, burst: 1_000 },
  lane: 'bulk',
  timeoutMs: 2_500
})

/**
 * A matcher takes over what another one knows: the offers of base cells, by owner, after `after`. An owner asks what its matchers have heard of
 * itself: with `owner` only that one's are answered, its last and the one after which it seemed to have granted less. By `keptMs` a
 * matcher says whether it would know.
 */
export const offersProtocol = defineProtocol({
  id: '/cloudpeer/provisioning/offers/1',
  request: Type.Object(
    {
      cells: Type.Array(cellSchema, { minItems: 1, maxItems: askedCellsMax }),
      after: Type.Optional(peerSchema),
      owner: Type.Optional(peerSchema)
    },
    closed
  ),
  reply: Type.Object(
    {
      offers: Type.Array(signedSchema, { maxItems: pagedOffersMax }),
      /** How long each may still be kept, in ms. */
      leftMs: Type.Array(Type.Integer({ minimum: 0 }), { maxItems: pagedOffersMax }),
      /** For how long, in ms, the matcher has kept the offers of all these cells; 0 if it does not. */
      keptMs: Type.Integer({ minimum: 0 }),
      /** The owner to go on after; absent on the last page. */
      next: Type.Optional(peerSchema),
      /** How the cells are split, where they are; on the first page. */
      trees: Type.Array(treeSchema, { maxItems: askedCellsMax })
    },
    closed
  ),
  requestBytesMax: 128 * 1024,
  replyBytesMax: 512 * 1024,
  rate: { perSecond: 100, burst: 400 },
  lane: 'bulk',
  timeoutMs: 2_500
})

/**
 * The matcher that acts in a cell of the grid asks those of its parts how many requests wait there, and where a part is to be cut that has more than
 * enough of both, offers and requests. Refused as a whole: NOT_MATCHER.
 */
export const loadProtocol = defineProtocol({
  id: '/cloudpeer/provisioning/load/1',
  request: Type.Object({ cells: Type.Array(partSchema, { minItems: 1, maxItems: loadCellsMax }) }, closed),
  reply: Type.Object(
    {
      /** In the order of the cells. */
      loads: Type.Array(Type.Object({ waiting: countSchema, cut: Type.Optional(Type.Tuple([dimensionSchema, positionSchema])) }, closed), {
        maxItems: loadCellsMax
      })
    },
    closed
  ),
  requestBytesMax: 256 * 1024,
  replyBytesMax: 64 * 1024,
  rate: { perSecond: 50, burst: 200 },
  lane: 'bulk',
  timeoutMs: 2_500
})

/** A requester asks a matcher what the offers of its base cells have for a request: numbers that add up over disjoint cells. */
export const censusProtocol = defineProtocol({
  id: '/cloudpeer/provisioning/census/1',
  request: Type.Object({ request: signedSchema, cells: Type.Array(cellSchema, { minItems: 1, maxItems: askedCellsMax }) }, closed),
  reply: Type.Object(
    {
      owners: countSchema,
      matching: countSchema,
      couldEver: countSchema,
      fitNow: countSchema,
      /** Of those that fit now: owners that hold nothing for this requester for a while. */
      pausing: countSchema,
      /** In the order of the request's terms and then its amounts: `[owners, fitWithout]`. */
      terms: Type.Array(Type.Tuple([countSchema, countSchema]), { maxItems: nodesMax })
    },
    closed
  ),
  requestBytesMax: documentBytesMax + 128 * 1024,
  replyBytesMax: 32 * 1024,
  rate: { perSecond: 100, burst: 400 },
  lane: 'bulk',
  timeoutMs: 2_500
})
