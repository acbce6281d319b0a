import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type CloudError, isCloudError } from '@cloudpeer/core'
import { attributesMax, endpointsMax, parseDescription, parseSchema, valuesMax } from '@cloudpeer/model'

const schema = parseSchema({
  version: 1,
  attributes: {
    vcpus: { type: 'int', min: 1, max: 512 },
    price: { type: 'double', min: 0 },
    arch: { type: 'string', values: ['arm', 'x86'] },
    city: { type: 'string', values: ['Qu\u00e9bec'] },
    spot: { type: 'boolean' }
  }
})

function failure(value: unknown): CloudError {
  try {
    parseDescription(value, schema)
  } catch (error) {
    assert.ok(isCloudError(error, 'INVALID'), String(error))
    return error
  }
  assert.fail(`${JSON.stringify(value)?.slice(0, 80)} is accepted`)
}

describe('parseDescription', () => {
  it('takes plain values and lists, in the schema and outside', () => {
    const description = parseDescription(
      {
        name: 'web-1',
        attributes: { vcpus: 4, price: 2, arch: ['x86', 'arm', 'x86'], city: 'Que\u0301bec', spot: false, note: ['b', 1.5] },
        endpoints: ['https://a.example:8443/x']
      },
      schema
    )
    assert.deepEqual(description, {
      name: 'web-1',
      attributes: { arch: ['arm', 'x86'], city: ['Qu\u00e9bec'], note: [1.5, 'b'], price: [2], spot: [false], vcpus: [4] },
      endpoints: ['https://a.example:8443/x']
    })
    assert.deepEqual(parseDescription({ name: 'x' }, schema), { name: 'x', attributes: {}, endpoints: [] })
  })

  it('refuses values outside the schema, naming the attribute and the reason', () => {
    const cases: readonly (readonly [attributes: object, field: string, problem: RegExp])[] = [
      [{ vcpus: 1.5 }, 'vcpus', /1\.5 is not of type int/],
      [{ vcpus: '4' }, 'vcpus', /"4" is not of type int/],
      [{ vcpus: [1, 2 ** 53] }, 'vcpus[1]', /not of type int/],
      [{ vcpus: 0 }, 'vcpus', /less than 1/],
      [{ vcpus: 513 }, 'vcpus', /more than 512/],
      [{ price: Number.NaN }, 'price', /NaN is not a finite number/],
      [{ other: Number.POSITIVE_INFINITY }, 'other', /Infinity is not a finite number/],
      [{ arch: 'mips' }, 'arch', /"mips" is none of "arm", "x86"/],
      [{ spot: 'true' }, 'spot', /not of type boolean/],
      [{ spot: null }, 'spot', /is null: leave the attribute out/],
      [{ other: undefined }, 'other', /is null/],
      [{ other: { a: 1 } }, 'other', /of type object/],
      [{ other: [[1]] }, 'other[0]', /a list/],
      [{ other: 10n }, 'other', /bigint/],
      [{ other: [] }, 'other', /has no value/],
      [{ other: Array.from({ length: valuesMax + 1 }, (_, n) => n) }, 'other', /33 values, above valuesMax, 32/],
      [{ other: 'x'.repeat(1024 * 1024) }, 'other', /1048576 bytes or more, above textBytesMax, 1024/],
      [{ other: 'é'.repeat(513) }, 'other', /1026 bytes or more/],
      [{ other: '\ud800' }, 'other', /well-formed/],
      [{ name: 'x' }, 'name', /reserved/],
      [{ Vcpus: 1 }, 'Vcpus', /not a name/],
      [JSON.parse('{"__proto__": 1}'), '__proto__', /not a name/]
    ]
    for (const [attributes, field, problem] of cases) {
      const { fields } = failure({ name: 'x', attributes })
      assert.equal(fields.field, `description.attributes.${field}`)
      assert.match(String(fields.problem), problem)
    }
  })

  it('refuses other shapes, naming the field', () => {
    const cases: readonly (readonly [value: unknown, field: string])[] = [
      [null, 'description'],
      ['x', 'description'],
      [{}, 'description'],
      [{ name: '' }, 'description.name'],
      [{ name: '-x' }, 'description.name'],
      [{ name: 'a b' }, 'description.name'],
      [{ name: 'x\n' }, 'description.name'],
      [{ name: 'x'.repeat(129) }, 'description.name'],
      [{ name: 'x', colour: 1 }, 'description.colour'],
      [{ name: 'x', attributes: [] }, 'description.attributes'],
      [
        { name: 'x', attributes: Object.fromEntries(Array.from({ length: attributesMax + 1 }, (_, n) => [`a${n}`, 1])) },
        'description.attributes'
      ],
      [{ name: 'x', endpoints: 'tcp://a' }, 'description.endpoints'],
      [{ name: 'x', endpoints: ['a b'] }, 'description.endpoints[0]'],
      [{ name: 'x', endpoints: ['x'.repeat(257)] }, 'description.endpoints[0]'],
      [{ name: 'x', endpoints: Array.from({ length: endpointsMax + 1 }, () => 'a') }, 'description.endpoints']
    ]
    for (const [value, field] of cases) assert.equal(failure(value).fields.field, field, JSON.stringify(value)?.slice(0, 80))
  })

  it('bounds the whole', () => {
    const value = { name: 'x', attributes: { a: Array.from({ length: 20 }, (_, n) => `${n}`.padEnd(1000)) } }
    assert.match(failure(value).message, /above descriptionBytesMax, 16384/)
  })
})
