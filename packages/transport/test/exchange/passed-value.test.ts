import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { CloudError, encode, isCloudError } from '@cloudpeer/core'
import { defineProtocol } from '@cloudpeer/transport'
import fc from 'fast-check'
import { Type } from 'typebox'
import { freezeDeep, valueCodec } from '../../src/exchange/passed-value.ts'

const items = Type.Object({ items: Type.Array(Type.Object({ name: Type.String() })) })
const protocol = defineProtocol({
  id: '/cloudpeer/test/items/1',
  request: items,
  reply: items,
  requestBytesMax: 64,
  replyBytesMax: 64,
  rate: { perSecond: 1, burst: 1 },
  lane: 'control',
  timeoutMs: 1000
})
const code = (expected: string) => (error: unknown) => isCloudError(error, expected)

test('sizes are those of the encoding, whether a value is met for the first time or again', () => {
  const leaf = fc.oneof(fc.string({ maxLength: 300 }), fc.maxSafeInteger(), fc.integer(), fc.boolean(), fc.constant(null), fc.uint8Array())
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie('any'), { maxLength: 30 }),
      fc.dictionary(fc.string(), tie('any'), { noNullPrototype: true })
    )
  })).any
  fc.assert(
    fc.property(value, (original) => {
      const { length } = encode(original)
      for (const _time of ['first', 'frozen', 'remembered']) assert.equal(freezeDeep(original), length)
    }),
    { numRuns: 500 }
  )
})

test('neither end can change what was passed, at any depth', () => {
  const body = { items: [{ name: 'a' }] }
  const received = valueCodec.decodeRequest(protocol, valueCodec.encodeRequest(protocol, body)) as typeof body
  for (const change of [
    () => received.items.push({ name: 'b' }),
    () => Object.assign(received.items[0] as object, { name: 'c' }),
    () => Object.assign(body, { items: [] })
  ])
    assert.throws(change, TypeError)
  assert.deepEqual(received, { items: [{ name: 'a' }] })
})

test('bounds and schemas hold as for bytes', () => {
  const large = { items: Array.from({ length: 20 }, () => ({ name: 'name' })) }
  assert.throws(() => valueCodec.encodeRequest(protocol, large), code('TOO_LARGE'))
  assert.throws(() => valueCodec.encodeReply(protocol, large), code('TOO_LARGE'))
  assert.throws(() => valueCodec.encodeRequest(protocol, { items: 5 } as never), code('INVALID'))
  for (const value of [undefined, [undefined], { a: Number.NaN }, () => 1]) assert.throws(() => freezeDeep(value), code('INVALID'))
})

test('a failure arrives as it does over a wire', () => {
  const failed = valueCodec.encodeFailure(new CloudError('NOT_SERVED', { peer: 'p', protocol: 'x' }))
  assert.throws(
    () => valueCodec.decodeReply(protocol, failed),
    (error) => isCloudError(error, 'NOT_SERVED') && error.fields.peer === 'p'
  )
  assert.throws(() => valueCodec.decodeReply(protocol, valueCodec.encodeFailure(new Error('secret'))), code('INTERNAL'))
})
