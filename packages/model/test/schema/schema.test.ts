import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type CloudError, isCloudError } from '@cloudpeer/core'
import { definitionOf, indexedAttributesMax, parseSchema, schemaAttributesMax } from '@cloudpeer/model'

function failure(value: unknown): CloudError {
  try {
    parseSchema(value)
  } catch (error) {
    assert.ok(isCloudError(error, 'INVALID'), String(error))
    return error
  }
  assert.fail(`${JSON.stringify(value).slice(0, 80)} is accepted`)
}

function many(count: number, definition: object): object {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`a${n}`, definition]))
}

describe('parseSchema', () => {
  it('fills in defaults and sorts by name', () => {
    const schema = parseSchema({
      version: 3,
      attributes: {
        vcpus: { type: 'int', unit: 'cores', min: 1, indexed: true },
        arch: { type: 'string', values: ['x86', 'arm'], weight: 0.5 }
      }
    })
    assert.deepEqual(schema, {
      version: 3,
      attributes: {
        arch: { type: 'string', values: ['x86', 'arm'], class: 'static', indexed: false, weight: 0.5 },
        vcpus: { type: 'int', unit: 'cores', min: 1, class: 'static', indexed: true, weight: 1 }
      }
    })
    assert.deepEqual(Object.keys(schema.attributes), ['arch', 'vcpus'])
    assert.deepEqual(parseSchema(JSON.parse(JSON.stringify(schema))), schema)
    assert.equal(definitionOf(schema, 'constructor'), undefined)
  })

  it('names the field that is wrong', () => {
    const cases: readonly (readonly [definition: unknown, field: string])[] = [
      [{ type: 'float' }, '.type'],
      [{}, ''],
      [null, ''],
      [{ type: 'int', unit: '' }, '.unit'],
      [{ type: 'int', colour: 1 }, '.colour'],
      [{ type: 'int', min: 1.5 }, '.min'],
      [{ type: 'int', min: 3, max: 2 }, '.min'],
      [{ type: 'double', max: Number.NaN }, '.max'],
      [{ type: 'string', max: 3 }, '.max'],
      [{ type: 'int', values: [] }, '.values'],
      [{ type: 'int', values: [1, '2'] }, '.values[1]'],
      [{ type: 'int', values: [1, 5], max: 4 }, '.values[1]'],
      [{ type: 'string', values: ['a', 'a'] }, '.values[1]'],
      [{ type: 'string', values: [null] }, '.values[0]'],
      [{ type: 'int', class: 'slow' }, '.class'],
      [{ type: 'int', indexed: 1 }, '.indexed'],
      [{ type: 'int', weight: 1.5 }, '.weight']
    ]
    for (const [definition, field] of cases) {
      assert.equal(
        failure({ version: 1, attributes: { a: definition } }).fields.field,
        `schema.attributes.a${field}`,
        JSON.stringify(definition)
      )
    }
    for (const name of ['Name', 'name', 'owner', 'constructor', 'a b']) {
      assert.equal(failure({ version: 1, attributes: { [name]: { type: 'int' } } }).fields.field, `schema.attributes.${name}`)
    }
    for (const value of [
      null,
      1,
      [],
      {},
      { version: 1 },
      { version: 1.5, attributes: {} },
      { version: -1, attributes: {} },
      { version: 1, attributes: [] },
      { version: 1, attributes: {}, x: 1 }
    ])
      failure(value)
  })

  it('bounds the attributes and the indexed ones', () => {
    assert.equal(
      Object.keys(parseSchema({ version: 1, attributes: many(schemaAttributesMax, { type: 'int' }) }).attributes).length,
      schemaAttributesMax
    )
    assert.equal(failure({ version: 1, attributes: many(schemaAttributesMax + 1, { type: 'int' }) }).fields.field, 'schema.attributes')
    parseSchema({ version: 1, attributes: many(indexedAttributesMax, { type: 'int', indexed: true }) })
    assert.match(
      failure({ version: 1, attributes: many(indexedAttributesMax + 1, { type: 'int', indexed: true }) }).message,
      /17 are indexed/
    )
  })
})
