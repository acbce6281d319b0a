import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type AttributeValue, rangesContain, unionRanges, type ValueRange } from '@cloudpeer/model'
import fc from 'fast-check'
import { textAfterPrefix } from '../../src/query/text-after-prefix.ts'

const range: fc.Arbitrary<ValueRange> = fc
  .tuple(fc.option(fc.integer({ min: 0, max: 9 })), fc.option(fc.integer({ min: 0, max: 9 })), fc.boolean(), fc.boolean())
  .map(
    ([low, high, lowOpen, highOpen]): ValueRange => ({
      ...(low === null ? { lowOpen: true } : { low, lowOpen }),
      ...(high === null ? { highOpen: true } : { high, highOpen })
    })
  )
  .filter(
    ({ low, high, lowOpen, highOpen }) => low === undefined || high === undefined || low < high || (low === high && !lowOpen && !highOpen)
  )

describe('unionRanges', () => {
  it('anytime_it_holds_the_same_values', () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 6 }), (ranges) => {
        const union = unionRanges(ranges)
        for (let value = -0.5; value < 10; value += 0.5) assert.equal(rangesContain(union, value), rangesContain(ranges, value))
        assert.deepEqual(unionRanges(union), union)
      }),
      { numRuns: 2000, seed: 7 }
    )
  })
})

describe('rangesContain', () => {
  const holds = (ranges: readonly ValueRange[], ...values: AttributeValue[]): readonly boolean[] =>
    values.map((value) => rangesContain(ranges, value))

  it('knows the type of a range by either end', () => {
    assert.deepEqual(holds([{ low: 1, lowOpen: false, highOpen: true }], 1, 0, '1', true), [true, false, false, false])
    assert.deepEqual(holds([{ lowOpen: true, high: 'b', highOpen: true }], 'a', 'b', 0, false), [true, false, false, false])
    assert.deepEqual(holds([{ lowOpen: true, highOpen: true }], 'a', 1, false), [true, true, true])
    assert.deepEqual(holds([], 1), [false])
  })
})

describe('textAfterPrefix', () => {
  it('is the next text in order of code unit that is well-formed', () => {
    const next = ['a', 'a\uffff', '\u{d7ff}', '\u{10ffff}', 'z\u{1f600}', '\uffff', ''].map(textAfterPrefix)
    assert.deepEqual(next, ['b', 'b', '\u{10000}', '\u{e000}', 'z\u{1f601}', undefined, undefined])
  })

  it('anytime_it_divides_the_texts_with_the_prefix_from_those_after', () => {
    const text = fc.string({ unit: 'binary', maxLength: 4 })
    fc.assert(
      fc.property(text, text, (prefix, other) => {
        const after = textAfterPrefix(prefix)
        assert.equal(other >= prefix && (after === undefined || other < after), other.startsWith(prefix))
        assert.ok(after === undefined || after.isWellFormed())
      }),
      { numRuns: 2000, seed: 11 }
    )
  })
})
