import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isCloudError } from '@cloudpeer/core'
import { dimensionsMax, isPseudoDimension, isValuesDimension, parseSchema } from '@cloudpeer/model'

const attributes = { speed_ghz: { type: 'double' }, vcpus: { type: 'int' }, location: { type: 'string' }, spot: { type: 'boolean' } }

function parsed(dimensions: unknown): ReturnType<typeof parseSchema> {
  return parseSchema({ version: 1, attributes, dimensions })
}

describe('dimensions of a schema', () => {
  it('are numbers between two ends or values in an order, of attributes or of the capacity itself', () => {
    const schema = parsed([
      { attribute: 'location', values: ['USA', 'Europe', 'Singapore'] },
      { attribute: 'speed_ghz', min: 1, max: 4 },
      { attribute: 'cpu', min: 1000, max: 64000, scale: 'log' }
    ])
    assert.deepEqual(schema.dimensions, [
      { attribute: 'location', values: ['USA', 'Europe', 'Singapore'] },
      { attribute: 'speed_ghz', min: 1, max: 4, scale: 'linear' },
      { attribute: 'cpu', min: 1000, max: 64000, scale: 'log' }
    ])
    assert.deepEqual(schema.dimensions?.map(isValuesDimension), [true, false, false])
    assert.deepEqual(['cpu', 'vcpus'].map(isPseudoDimension), [true, false])
    assert.deepEqual(parseSchema(JSON.parse(JSON.stringify(schema))), schema)
    assert.equal('dimensions' in parseSchema({ version: 1, attributes }), false)
  })

  it('name the field that is wrong', () => {
    const cases: readonly (readonly [dimension: unknown, field: string])[] = [
      [null, ''],
      [{ min: 1, max: 2 }, ''],
      [{ attribute: 'vcpus', min: 1, max: 2, colour: 1 }, '.colour'],
      [{ attribute: 'colour', min: 1, max: 2 }, '.attribute'],
      [{ attribute: 'vcpus', max: 2 }, '.min'],
      [{ attribute: 'vcpus', min: 2 }, '.max'],
      [{ attribute: 'vcpus', min: 2, max: 2 }, '.min'],
      [{ attribute: 'vcpus', min: Number.NaN, max: 2 }, '.min'],
      [{ attribute: 'vcpus', min: 0, max: 2, scale: 'log' }, '.min'],
      [{ attribute: 'vcpus', min: 1, max: 2, scale: 'square' }, '.scale'],
      [{ attribute: 'vcpus', min: 1, values: [1, 2] }, '.min'],
      [{ attribute: 'vcpus', values: [] }, '.values'],
      [{ attribute: 'vcpus', values: [1, 1.5] }, '.values[1]'],
      [{ attribute: 'location', values: ['a', 'a'] }, '.values[1]'],
      [{ attribute: 'location', min: 1, max: 2 }, '.values'],
      [{ attribute: 'spot', min: 0, max: 1 }, '.values']
    ]
    for (const [dimension, field] of cases) {
      assert.throws(
        () => parsed([dimension]),
        (error) => isCloudError(error, 'INVALID') && error.fields.field === `schema.dimensions[0]${field}`,
        JSON.stringify(dimension)
      )
    }
  })

  it('are few, and each once', () => {
    const dimension = { attribute: 'vcpus', min: 1, max: 2 }
    const isInvalidAt =
      (field: string) =>
      (error: unknown): boolean =>
        isCloudError(error, 'INVALID') && error.fields.field === field
    assert.throws(() => parsed([dimension, { ...dimension, max: 3 }]), isInvalidAt('schema.dimensions[1].attribute'))
    assert.throws(() => parsed(Array.from({ length: dimensionsMax + 1 }, () => dimension)), isInvalidAt('schema.dimensions'))
    assert.throws(() => parsed({}), isInvalidAt('schema.dimensions'))
  })
})
