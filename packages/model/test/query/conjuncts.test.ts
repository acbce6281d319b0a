import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isCloudError } from '@cloudpeer/core'
import { canonicalAttributes, compileQuery, conjuncts, emptySchema, parseSchema } from '@cloudpeer/model'

const schema = parseSchema({
  version: 1,
  attributes: { speed_ghz: { type: 'double' }, location: { type: 'string' }, spot: { type: 'boolean' } }
})

describe('conjuncts', () => {
  it('takes the outermost && apart, however it is nested', () => {
    const found = conjuncts('speed_ghz > 2.4 && (location == "Europe" || spot) && (true && !(spot && has(location)))', schema)
    assert.deepEqual(
      found.map(({ text, attributes }) => [text, attributes]),
      [
        ['speed_ghz > 2.4', ['speed_ghz']],
        ['location == "Europe" || spot', ['location', 'spot']],
        ['!(spot && has(location))', ['location', 'spot']]
      ]
    )
  })

  it('gives one for what is no conjunction, and none for true', () => {
    assert.deepEqual(
      conjuncts('spot || location == "Asia"', schema).map(({ text }) => text),
      ['spot || location == "Asia"']
    )
    assert.deepEqual(conjuncts('true', schema), [])
    assert.deepEqual(
      conjuncts('spot && false', schema).map(({ text }) => text),
      ['false']
    )
  })

  it('matches, all together, what the expression matches', () => {
    const text = 'speed_ghz > 2 && speed_ghz < 3 && (spot || location in ["Asia", "Europe"])'
    const query = compileQuery(text, schema)
    for (const speed_ghz of [1, 2.5, [1, 4], 3]) {
      for (const location of ['Asia', 'USA']) {
        const subject = { name: '', owner: '', attributes: canonicalAttributes({ speed_ghz, location }) }
        assert.equal(
          conjuncts(text, schema).every((conjunct) => conjunct.matches(subject)),
          query.matches(subject)
        )
      }
    }
  })

  it('fails as a query does', () => {
    assert.throws(
      () => conjuncts('speed_ghz > "x"', schema),
      (error) => isCloudError(error, 'QUERY_TYPE')
    )
    assert.throws(
      () => conjuncts('', emptySchema),
      (error) => isCloudError(error, 'QUERY_SYNTAX')
    )
  })
})
