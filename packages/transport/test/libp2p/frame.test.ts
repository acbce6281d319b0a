import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { isCloudError } from '@cloudpeer/core'
import fc from 'fast-check'
import {
  decodeFrame,
  encodeCancel,
  encodeHello,
  encodeLast,
  encodeReplyFrame,
  encodeRequestFrame,
  type Frame
} from '../../src/libp2p/frame.ts'
import { createFrameDecoder } from '../../src/libp2p/frame-decoder.ts'

/** The frames in bytes that arrive in pieces of `pieceBytes`. */
function framesFrom(bytes: Uint8Array, pieceBytes: number): Frame[] {
  const decoder = createFrameDecoder(1000, 'frame')
  const frames: Frame[] = []
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    for (const frame of decoder.decode(bytes.subarray(at, at + pieceBytes))) frames.push(decodeFrame(frame.subarray()))
  }
  return frames
}

const id = fc.integer({ min: 0, max: 0xffffffff })
const body = fc.uint8Array({ minLength: 0, maxLength: 300 })

test('every frame comes out as it went in, however it is cut', () => {
  fc.assert(
    fc.property(id, body, fc.integer({ min: 1, max: 50 }), (number, bytes, pieceBytes) => {
      const sent = [
        encodeHello({ version: 1, network: 'n', lane: 'bulk' }),
        encodeRequestFrame(number, '/cloudpeer/test/echo/1', bytes),
        encodeReplyFrame(number, 12.5, bytes),
        encodeCancel(number),
        encodeLast()
      ]
      const received = framesFrom(Buffer.concat(sent), pieceBytes).map((frame) =>
        'body' in frame ? { ...frame, body: [...frame.body] } : frame
      )
      assert.deepEqual(received, [
        { kind: 'hello', hello: { version: 1, network: 'n', lane: 'bulk' } },
        { kind: 'request', id: number, protocol: '/cloudpeer/test/echo/1', body: [...bytes] },
        { kind: 'reply', id: number, heldMs: 12.5, body: [...bytes] },
        { kind: 'cancel', id: number },
        { kind: 'last' }
      ])
    })
  )
})

test('anything else is refused by a typed error, never by another', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), (bytes) => {
      try {
        framesFrom(bytes, 7)
      } catch (error) {
        assert.ok(isCloudError(error, 'MALFORMED', 'INVALID', 'TOO_LARGE'), String(error))
      }
    }),
    { numRuns: 2000 }
  )
})

test('a frame above the limit is refused by its length alone', () => {
  const decoder = createFrameDecoder(1000, 'page')
  assert.throws(
    () => [...decoder.decode(Uint8Array.of(0xe9, 0x07))],
    (error) => isCloudError(error, 'TOO_LARGE') && error.fields.field === 'page' && error.fields.bytes === 1001 && error.fields.max === 1000
  )
})
