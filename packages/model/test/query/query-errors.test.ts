import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type CloudError, type ErrorFields, errorDefinition, isCloudError } from '@cloudpeer/core'
import { compileQuery, expressionBytesMax, literalsMax, nestingMax, nodesMax, parseSchema } from '@cloudpeer/model'

const schema = parseSchema({
  version: 1,
  attributes: {
    vcpus: { type: 'int' },
    price: { type: 'double' },
    memory_mib: { type: 'int' },
    location: { type: 'string' },
    gpu: { type: 'boolean' }
  }
})

function failure(text: string): CloudError {
  try {
    compileQuery(text, schema)
  } catch (error) {
    assert.ok(isCloudError(error), `${text.slice(0, 80)}: ${error}`)
    assert.equal(errorDefinition(error.code)?.httpStatus, 400)
    assert.ok(!/\{\w+\}/.test(error.message), error.message)
    return error
  }
  assert.fail(`${text.slice(0, 80)} is accepted`)
}

function assertFailures(code: string, cases: readonly (readonly [text: string, fields: ErrorFields])[]): void {
  for (const [text, fields] of cases) {
    const error = failure(text)
    assert.equal(error.code, code, text)
    assert.deepEqual({ ...error.fields, ...fields }, error.fields, text)
  }
}

describe('a query that is wrong', () => {
  it('is no expression: QUERY_SYNTAX with the place', () => {
    assertFailures('QUERY_SYNTAX', [
      ['', { position: 1, problem: 'the query is empty' }],
      ['vcpus >', { position: 8, near: 'the end' }],
      ['vcpus = 4', { position: 7, problem: 'equality is written ==' }],
      ['vcpus > 1 AND gpu', { position: 11, near: 'AND gpu' }],
      ['(vcpus > 1', { position: 11 }],
      ['location == "Europe', { position: 13 }],
      ['location == "\ud800"', { position: 1 }],
      ['vcpus == 1;', { position: 11 }],
      ['package == 1', { position: 1 }]
    ])
  })

  it('compares unlike types: QUERY_TYPE with the place and both types', () => {
    assertFailures('QUERY_TYPE', [
      ['vcpus > "4"', { position: 9, found: 'string', expected: 'int', wantedBy: 'vcpus' }],
      ['vcpus > 1.5', { position: 9, found: 'double', expected: 'int' }],
      ['"4" < vcpus', { position: 1, found: 'string', expected: 'int' }],
      ['price == true', { position: 10, found: 'boolean', expected: 'double' }],
      ['location in ["a", 2]', { position: 19, found: 'int', expected: 'string' }],
      ['other in ["a", 2]', { position: 16, found: 'int', expected: 'string' }],
      ['vcpus.startsWith("1")', { position: 18, found: 'string', expected: 'int' }],
      ['location.startsWith(1)', { position: 21, found: 'int', expected: 'string' }],
      ['gpu < true', { position: 7, found: 'boolean', wantedBy: '<' }],
      ['other >= true', { position: 10, found: 'boolean' }],
      ['vcpus', { position: 1, found: 'int', expected: 'boolean' }],
      ['gpu && "x"', { position: 8, found: 'string', expected: 'boolean' }],
      ['owner == 1', { position: 10, found: 'int', expected: 'string' }]
    ])
  })

  it('misspells an attribute: QUERY_UNKNOWN_ATTRIBUTE with what is meant', () => {
    assertFailures('QUERY_UNKNOWN_ATTRIBUTE', [
      ['vcpu > 4', { attribute: 'vcpu', position: 1, suggestion: 'vcpus' }],
      ['gpu && memory > 4', { attribute: 'memory', position: 8, suggestion: 'memory_mib' }],
      ['has(locaton)', { attribute: 'locaton', position: 5, suggestion: 'location' }],
      ['vCPUs > 4', { attribute: 'vCPUs', suggestion: 'vcpus' }],
      ['prices in []', { attribute: 'prices', suggestion: 'price' }]
    ])
    for (const text of ['attributes.vcpu > 4', 'attributes["memory"] > 4', 'app == 1', 'os == "x"', 'region == "x"'])
      compileQuery(text, schema)
  })

  it('uses more of CEL: QUERY_UNSUPPORTED with the place', () => {
    assertFailures('QUERY_UNSUPPORTED', [
      ['vcpus + 1 == 3', { position: 1, construct: 'arithmetic (+)' }],
      ['vcpus == -price', { position: 10, construct: 'arithmetic (-)' }],
      ['gpu ? gpu : gpu', { position: 1, construct: 'the conditional ?:' }],
      ['gpu && vcpus == price', { position: 8, construct: 'a comparison of two attributes' }],
      ['1 == 1', { position: 1, construct: 'a comparison of two literals' }],
      ['location.size() == 1', { position: 1, construct: 'the call of size' }],
      ['location.startsWith("a", "b")', { construct: 'the call of startsWith' }],
      ['location.startsWith(location)', { position: 21 }],
      ['matches(location, "x")', { construct: 'the call of matches' }],
      ['has(1)', { position: 5 }],
      ['has()', { position: 1 }],
      ['vcpus == 10u', { position: 10 }],
      ['location == b"x"', { position: 13 }],
      ['location == null', { position: 13 }],
      ['vcpus == 9007199254740993', { position: 10 }],
      ['-99999999999999999999 < vcpus', { position: 1 }],
      ['vcpus in location', { position: 10 }],
      ['vcpus in [price]', { position: 11 }],
      ['"x" in location', { position: 1 }],
      ['(gpu == true) == true', { position: 2 }],
      ['location.city == "x"', { position: 1 }],
      ['[1, 2].exists(x, x > 1)', { position: 1 }],
      ['{"a": 1}', { position: 1 }],
      ['Other == 1', { position: 1, construct: 'the attribute name Other' }],
      ['attributes["a b"] == 1', { position: 1 }]
    ])
  })

  it('is too long, wide or deep: QUERY_TOO_COMPLEX with the limit, at once', () => {
    const terms = (count: number): string => Array.from({ length: count }, () => 'gpu').join('||')
    const nested = (depth: number): string => `${'('.repeat(depth)}gpu${')'.repeat(depth)}`
    const list = (count: number): string => `vcpus in [${Array.from({ length: count }, (_, n) => n).join()}]`
    assertFailures('QUERY_TOO_COMPLEX', [
      [`gpu${' '.repeat(expressionBytesMax)}`, { limit: 'expressionBytesMax', max: expressionBytesMax }],
      [`location == "${'é'.repeat(expressionBytesMax / 2)}"`, { limit: 'expressionBytesMax' }],
      [terms(10_000), { limit: 'expressionBytesMax' }],
      [terms(501), { limit: 'nodesMax', max: nodesMax }],
      [nested(10_000), { limit: 'expressionBytesMax' }],
      [nested(8000), { limit: 'nestingMax', max: nestingMax }],
      [nested(nestingMax + 1), { limit: 'nestingMax' }],
      [list(literalsMax + 1), { limit: 'literalsMax', max: literalsMax }],
      [`${'!'.repeat(1001)}gpu`, { limit: 'nodesMax' }],
      [`${'!'.repeat(16_000)}gpu`, { limit: 'nodesMax' }],
      [`vcpus > ${'-'.repeat(16_000)}1`, { limit: 'nodesMax' }],
      [`vcpus in ${'['.repeat(8000)}`, { limit: 'nestingMax' }]
    ])
    for (const text of [terms(500), nested(nestingMax), list(literalsMax), `${'!'.repeat(999)}gpu`]) compileQuery(text, schema)
  })
})
