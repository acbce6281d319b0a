import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { incompatibilities, parseSchema } from '@cloudpeer/model'

const earlier = parseSchema({
  version: 1,
  attributes: { vcpus: { type: 'int', indexed: true }, zone: { type: 'string' }, price: { type: 'double' } }
})

function told(attributes: Record<string, object>): readonly string[] {
  return incompatibilities(earlier, parseSchema({ version: 2, attributes })).map(({ attribute, problem }) => `${attribute} ${problem}`)
}

describe('a schema that follows another', () => {
  it('may index more, widen an int, and know more attributes or fewer', () => {
    assert.deepEqual(
      told({ vcpus: { type: 'int', indexed: true }, zone: { type: 'string', indexed: true }, price: { type: 'double' } }),
      []
    )
    assert.deepEqual(told({ vcpus: { type: 'double', indexed: true, min: 0 }, gpus: { type: 'int' } }), [])
    assert.deepEqual(incompatibilities(parseSchema({ version: 0, attributes: {} }), earlier), [])
  })

  it('may not un-index an attribute, nor give it another type', () => {
    assert.deepEqual(told({ vcpus: { type: 'int' } }), ['vcpus is no longer indexed'])
    assert.deepEqual(told({}), ['vcpus is no longer indexed'])
    assert.deepEqual(told({ vcpus: { type: 'string' }, zone: { type: 'boolean' }, price: { type: 'int' } }), [
      'price was of type double',
      'vcpus is no longer indexed',
      'vcpus was of type int',
      'zone was of type string'
    ])
  })
})
