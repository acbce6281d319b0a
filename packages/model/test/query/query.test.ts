import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type Attributes,
  canonicalAttributes,
  compileQuery,
  type PlainAttributes,
  parseSchema,
  type Subject,
  termsMax
} from '@cloudpeer/model'

const schema = parseSchema({
  version: 1,
  attributes: {
    service_type: { type: 'string', indexed: true },
    location: { type: 'string', indexed: true },
    os: { type: 'string' },
    cores: { type: 'int', indexed: true },
    clock_ghz: { type: 'double' },
    cpu_utilization: { type: 'double', unit: '%', class: 'dynamic' },
    gpu_shared: { type: 'boolean' }
  }
})

function subject(attributes: PlainAttributes): Subject {
  return { name: 'web-1', owner: 'alice', attributes: canonicalAttributes(attributes) as Attributes }
}

function matches(text: string, attributes: PlainAttributes): boolean {
  return compileQuery(text, schema).matches(subject(attributes))
}

function termsOf(text: string): readonly string[] | undefined {
  return compileQuery(text, schema).terms?.map((term) => term.text)
}

describe('the queries of the papers', () => {
  const webHost = { service_type: 'web hosting', cpu_utilization: 20, os: 'WinSrv2003', cores: 2, clock_ghz: 2, location: 'Europe' }
  const discovery =
    'service_type == "web hosting" && cpu_utilization < 50 && os == "WinSrv2003" && cores > 1 && clock_ghz > 1.5 && location == "Europe"'

  it('S0 6.2.1: a discovery query of six dimensions', () => {
    assert.ok(matches(discovery, webHost))
    assert.ok(!matches(discovery, { ...webHost, cores: 1 }))
    assert.ok(!matches(discovery, { ...webHost, clock_ghz: 1.5 }))
    assert.ok(!matches(discovery, { ...webHost, cpu_utilization: 50 }))
    const [term, ...more] = compileQuery(discovery, schema).terms ?? []
    assert.equal(more.length, 0)
    assert.deepEqual(
      term?.constraints.map(({ attribute }) => attribute),
      ['service_type', 'cpu_utilization', 'os', 'cores', 'clock_ghz', 'location']
    )
  })

  it('S0 6.2.1: an update query is a point', () => {
    const point =
      'service_type == "web hosting" && cpu_utilization == 20 && os == "WinSrv2003" && cores == 2 && clock_ghz == 2 && location == "Europe"'
    assert.ok(matches(point, webHost))
    const [term] = compileQuery(point, schema).terms ?? []
    assert.ok(term?.constraints.every(({ ranges }) => ranges.length === 1 && ranges[0]?.low === ranges[0]?.high))
  })

  it('S0 tables 5 and 6: of three waiting queries the ticket at t=700 matches the third alone', () => {
    const waiting = [
      'service_type == "web hosting" && clock_ghz > 2 && cores == 1 && location == "USA"',
      'service_type == "scientific simulation" && clock_ghz > 2 && cores == 1 && location == "Singapore"',
      'service_type == "credit card authenticator" && clock_ghz > 2.4 && cores == 1 && location == "Europe"'
    ]
    const ticket = { service_type: 'credit card authenticator', clock_ghz: 2.7, cores: 1, location: 'Europe' }
    assert.deepEqual(
      waiting.map((text) => matches(text, ticket)),
      [false, false, true]
    )
  })

  it('S1 figure 5: a game server on two operating systems', () => {
    const text = 'service_type == "game server" && cores >= 2 && os in ["linux", "windows"] && location == "South America"'
    const server = { service_type: 'game server', cores: 4, location: 'South America' }
    assert.ok(matches(text, { ...server, os: ['linux', 'windows'] }))
    assert.ok(matches(text, { ...server, os: 'windows' }))
    assert.ok(!matches(text, { ...server, os: 'plan9' }))
    assert.ok(!matches(text, server))
    assert.equal(compileQuery(text, schema).terms?.length, 1)
  })
})

describe('compileQuery', () => {
  it('tells the negation of a comparison from the opposite comparison', () => {
    assert.ok(matches('!(cores == 1)', {}))
    assert.ok(!matches('cores != 1', {}))
    assert.ok(!matches('!(cores == 1)', { cores: [1, 2] }))
    assert.ok(matches('cores != 1', { cores: [1, 2] }))
  })

  it('compares each value for itself', () => {
    assert.ok(matches('cores > 5 && cores < 10', { cores: [3, 12] }))
    assert.deepEqual(compileQuery('cores > 5 && cores < 10', schema).terms?.[0]?.constraints.length, 2)
  })

  it('reads bare booleans, literals on the left, negative numbers and explicit attributes', () => {
    assert.ok(matches('gpu_shared && 2 <= cores', { gpu_shared: true, cores: 2 }))
    assert.ok(!matches('gpu_shared', { gpu_shared: false }))
    assert.ok(matches('!gpu_shared', {}))
    assert.ok(matches('depth > -5 && -3 > depth', { depth: -4 }))
    assert.ok(matches('attributes.cores == 2 && attributes["in"] == "x"', { cores: 2, in: 'x' }))
    assert.ok(matches('cores == 2.0', { cores: 2 }))
  })

  it('asks for the name and the owner like attributes', () => {
    assert.ok(matches('name.startsWith("web-") && owner == "alice" && has(owner)', {}))
    assert.ok(!matches('owner != "alice"', {}))
  })

  it('never compares values of different types', () => {
    assert.ok(!matches('build < "9"', { build: 5 }))
    assert.ok(!matches('build == 5', { build: '5' }))
    assert.ok(!matches('build != 5', { build: '5' }))
    assert.ok(matches('build == 5', { build: ['5', 5] }))
  })

  it('compares texts in Unicode form NFC', () => {
    assert.ok(matches('location == "Que\u0301bec"', { location: 'Qu\u00e9bec' }))
  })

  it('names what it mentions in order, even where it does not matter', () => {
    assert.deepEqual(compileQuery('true || os == "x" || cores > 1 && has(name)', schema).attributes, ['cores', 'name', 'os'])
  })

  it('does not take what every object has for an attribute', () => {
    assert.ok(!matches('has(attributes.valueof)', {}))
    assert.throws(() => matches('has(constructor)', {}), { code: 'QUERY_UNSUPPORTED' })
  })
})

describe('the terms of a query', () => {
  it('are one for a disjunction over one attribute, its ranges joined', () => {
    const [term, ...more] = compileQuery('cores > 8 || cores == 8 || cores in [2, 1, 2]', schema).terms ?? []
    assert.equal(more.length, 0)
    assert.deepEqual(term?.constraints, [
      {
        attribute: 'cores',
        ranges: [
          { low: 1, lowOpen: false, high: 1, highOpen: false },
          { low: 2, lowOpen: false, high: 2, highOpen: false },
          { low: 8, lowOpen: false, highOpen: true }
        ]
      }
    ])
  })

  it('bound texts that start with a prefix', () => {
    const [term] = compileQuery('os.startsWith("lin")', schema).terms ?? []
    assert.deepEqual(term?.constraints[0]?.ranges, [{ low: 'lin', lowOpen: false, high: 'lio', highOpen: true }])
  })

  it('leave a hole where a value must differ, and none for what must be there', () => {
    assert.deepEqual(compileQuery('cores != 3', schema).terms?.[0]?.constraints[0]?.ranges, [
      { lowOpen: true, high: 3, highOpen: true },
      { low: 3, lowOpen: true, highOpen: true }
    ])
    assert.deepEqual(compileQuery('has(cores)', schema).terms?.[0]?.constraints[0]?.ranges, [{ lowOpen: true, highOpen: true }])
  })

  it('are none for false and one without constraints for true', () => {
    assert.deepEqual(termsOf('false'), [])
    assert.deepEqual(termsOf('cores in []'), [])
    assert.deepEqual(termsOf('true'), ['true'])
    assert.deepEqual(compileQuery('true', schema).terms?.[0]?.constraints, [])
  })

  it('leave out what contradicts itself', () => {
    assert.deepEqual(termsOf('(cores == 1 || os == "x") && !(cores == 1)'), ['os == "x" && !(cores == 1)'])
    assert.deepEqual(termsOf('cores == 1 && !has(cores)'), [])
  })

  it('keep a negation whole unless another negation inside undoes it', () => {
    assert.deepEqual(termsOf('!(cores == 1 && os == "x")'), ['!(cores == 1 && os == "x")'])
    assert.deepEqual(termsOf('!(!gpu_shared || cores == 1)'), ['gpu_shared && !(cores == 1)'])
  })

  it('multiply a conjunction of disjunctions', () => {
    assert.deepEqual(termsOf('(cores == 1 || os == "x") && (has(location) || gpu_shared)'), [
      'cores == 1 && has(location)',
      'cores == 1 && gpu_shared',
      'os == "x" && has(location)',
      'os == "x" && gpu_shared'
    ])
  })

  it('are given up beyond the limit, without being expanded', () => {
    const pair = (n: number): string => `(a${n} == 1 || b${n} == 1)`
    const pairs = (count: number): string => Array.from({ length: count }, (_, n) => pair(n)).join(' && ')
    assert.equal(termsOf(pairs(4))?.length, termsMax)
    assert.equal(termsOf(pairs(5)), undefined)
    assert.equal(termsOf(pairs(120)), undefined)
    assert.ok(!compileQuery(pairs(120), schema).matches(subject({ a1: 1 })))
  })

  it('are given up where the text of a term would be no query any more', () => {
    const parts = Array.from({ length: 245 }, (_, n) => `x == ${n}`).join(' || ')
    assert.equal(termsOf(`!(!gpu_shared || ${parts})`), undefined)
  })
})
