import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compareValues, compileQuery, type Query, rangesContain, type Subject, type Term, type ValueRange } from '@cloudpeer/model'
import { parse } from '@marcbachmann/cel-js'
import fc from 'fast-check'
import { expression, schema, subject } from './arbitraries.ts'
import { naiveMatches } from './naive.ts'

const subjects = fc.array(subject, { minLength: 4, maxLength: 4 })

describe('a compiled query, for random expressions and services', () => {
  it('anytime_it_says_what_a_naive_reading_says', () => {
    let matched = 0
    holdsFor(3000, (text, query, some) => {
      for (const one of some) {
        assert.equal(query.matches(one), naiveMatches(parse(text).ast, one))
        matched += Number(query.matches(one))
      }
    })
    assert.ok(matched > 3000 && matched < 9000, `${matched} of 12000 match: the generator is lopsided`)
  })

  it('anytime_it_matches_what_some_term_matches', () => {
    let expanded = 0
    holdsFor(3000, (_, query, some) => {
      if (query.terms === undefined) return
      expanded++
      for (const one of some)
        assert.equal(
          query.terms.some((term) => term.matches(one)),
          query.matches(one)
        )
    })
    assert.ok(expanded > 2000, `${expanded} of 3000 have a normal form`)
  })

  it('anytime_the_constraints_of_a_matching_term_hold', () => {
    let held = 0
    holdsFor(2000, (_, query, some) => {
      for (const term of query.terms ?? []) {
        for (const one of some) if (term.matches(one)) held += assertConstraints(term, one)
      }
    })
    assert.ok(held > 1000, `${held} constraints met`)
  })

  it('anytime_the_ranges_of_a_constraint_are_disjoint_sorted_and_of_one_type', () => {
    holdsFor(1000, (_, query) => {
      for (const term of query.terms ?? []) for (const { ranges } of term.constraints) assertRanges(ranges)
    })
  })

  it('anytime_the_text_of_a_term_is_an_equal_query', () => {
    holdsFor(2000, (_, query, some) => {
      for (const term of query.terms ?? []) {
        const again = compileQuery(term.text, schema)
        for (const one of some) assert.equal(again.matches(one), term.matches(one))
        assert.ok(again.terms === undefined || again.terms.every(({ text }) => compileQuery(text, schema).text === text))
      }
    })
  })

  it('anytime_equal_texts_give_equal_terms', () => {
    holdsFor(500, (text, query) => assert.deepEqual(textsOf(compileQuery(text, schema)), textsOf(query)))
  })
})

function holdsFor(numRuns: number, check: (text: string, query: Query, subjects: readonly Subject[]) => void): void {
  fc.assert(
    fc.property(expression, subjects, (text, some) => check(text, compileQuery(text, schema), some)),
    { numRuns, seed: 20_251 }
  )
}

function assertConstraints(term: Term, one: Subject): number {
  for (const { attribute, ranges } of term.constraints) {
    const values = attribute === 'name' || attribute === 'owner' ? [one[attribute]] : (one.attributes[attribute] ?? [])
    assert.ok(
      values.some((value) => rangesContain(ranges, value)),
      `${term.text}: ${attribute}`
    )
  }
  return term.constraints.length
}

function assertRanges(ranges: readonly ValueRange[]): void {
  const types = new Set(
    ranges
      .flatMap(({ low, high }) => [low, high])
      .filter((end) => end !== undefined)
      .map((end) => typeof end)
  )
  assert.ok(ranges.length > 0 && types.size <= 1)
  for (const [index, range] of ranges.entries()) {
    if (range.low !== undefined && range.high !== undefined) assert.ok(compareValues(range.low, range.high) <= 0)
    const next = ranges[index + 1]
    if (next === undefined) continue
    assert.ok(range.high !== undefined && next.low !== undefined)
    const order = compareValues(range.high, next.low)
    assert.ok(order < 0 || (order === 0 && range.highOpen && next.lowOpen))
  }
}

function textsOf(query: Query): readonly string[] | undefined {
  return query.terms?.map(({ text }) => text)
}
