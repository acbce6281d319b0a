import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Answer, queryLimitMax } from '@cloudpeer/api'
import { CloudError } from '@cloudpeer/core'
import { compileQuery, parseOrderBy, parseSchema } from '@cloudpeer/model'
import { startNodeServer } from './node-server.ts'
import { runMain } from './run-main.ts'
import { bob, sampleAnswer, sampleMatch } from './samples.ts'

const schema = parseSchema({
  version: 1,
  attributes: { vcpus: { type: 'int', class: 'static', indexed: true }, location: { type: 'string', class: 'static', indexed: true } }
})

/** A node that reads the query as a real one does, and has no services. */
const strictNode = {
  query: ({ expression, orderBy }: { expression: string; orderBy?: string }): Answer => {
    compileQuery(expression, schema)
    if (orderBy !== undefined) parseOrderBy(orderBy, schema)
    return sampleAnswer({ matches: [] })
  }
}

test('a query is a table: attributes of the expression first, then what it has cost', async (context) => {
  const { url, seen } = await startNodeServer(context, { query: () => sampleAnswer() })
  const { code, stdout, stderr } = await runMain(['query', 'vcpus >= 4 && location == "Tokyo"', '--api', url])
  assert.deepEqual([code, stderr], [0, ''])
  assert.deepEqual(stdout.split('\n'), [
    'name   owner      vcpus  location  os',
    'web-1  …xeRALICE      4  Tokyo     -',
    'web-2  …xeRALICE      8  Tokyo     linux, windows',
    '',
    '2 matches - asked 1 node, 2 messages, 3.1 ms',
    ''
  ])
  assert.deepEqual(seen, [{ route: 'query', request: { expression: 'vcpus >= 4 && location == "Tokyo"', limit: queryLimitMax } }])
})

test('no match is an answer', async (context) => {
  const { url } = await startNodeServer(context, { query: () => sampleAnswer({ matches: [] }) })
  const { code, stdout } = await runMain(['query', 'false', '--api', url])
  assert.deepEqual([code, stdout], [0, '0 matches - asked 1 node, 2 messages, 3.1 ms\n'])
})

test('a table keeps within the width and names what it leaves out', async (context) => {
  const wide = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`attribute_${i}`, 'x'.repeat(100)]))
  const { url } = await startNodeServer(context, { query: () => sampleAnswer({ matches: [sampleMatch('web', { ...wide, vcpus: 4 })] }) })
  for (const width of [40, 80, 120]) {
    const { stdout } = await runMain(['query', 'vcpus == 4', '--api', url], { width })
    const [heading = '', row = ''] = stdout.split('\n')
    assert.ok(Math.max(heading.length, row.length) <= width, stdout)
    assert.match(heading, /^name +owner +vcpus/)
    assert.match(stdout, /not shown: .*attribute_19.*--json shows everything/)
  }
})

test('an incomplete answer is shown, is loud, and has its own exit code', async (context) => {
  const { url } = await startNodeServer(context, { query: () => sampleAnswer({ partial: true, missing: ['location/0', 'vcpus/1'] }) })
  const shown = await runMain(['query', 'true', '--api', url])
  assert.equal(shown.code, 3)
  assert.match(shown.stdout, /web-1/)
  assert.match(shown.stdout, /INCOMPLETE: 2 shards could not be asked \(location\/0, vcpus\/1\); matches may be missing/)
  const json = await runMain(['query', 'true', '--json', '--api', url])
  assert.equal(json.code, 3)
  assert.equal(JSON.parse(json.stdout).partial, true)
})

/** A node with `total` services that answers in pages of at most `pageMax`; page 2 lacks a shard. */
function pagedNode(total: number, pageMax: number) {
  return {
    query: ({ limit = 100, after = '0' }: { limit?: number; after?: string }): Answer => {
      const start = Number(after)
      const end = Math.min(total, start + Math.min(limit, pageMax))
      const matches = Array.from({ length: end - start }, (_, i) => sampleMatch(`s-${start + i}`, {}))
      const partial = start === pageMax
      const more = end < total
      return sampleAnswer({ matches, partial, missing: partial ? ['vcpus/1'] : [], more, ...(more ? { next: String(end) } : {}) })
    }
  }
}

test('without a limit all pages are merged into one answer', async (context) => {
  const { url, seen } = await startNodeServer(context, pagedNode(25, 10))
  const { code, stdout } = await runMain(['query', 'true', '--json', '--api', url])
  const answer = JSON.parse(stdout) as Answer
  assert.equal(code, 3)
  assert.deepEqual(
    answer.matches.map(({ name }) => name),
    Array.from({ length: 25 }, (_, i) => `s-${i}`)
  )
  assert.deepEqual([answer.partial, answer.missing, answer.more, answer.next], [true, ['vcpus/1'], false, undefined])
  assert.deepEqual([answer.stats.nodesAsked, answer.stats.messages, Number(answer.stats.latencyMs.toFixed(2))], [1, 6, 9.42])
  assert.equal(seen.length, 3)
})

test('a limit is kept to across pages and says that more follow', async (context) => {
  const { url, seen } = await startNodeServer(context, pagedNode(25, 5))
  const { code, stdout } = await runMain(['query', 'true', '--limit', '4', '--api', url])
  assert.equal(code, 0)
  assert.match(stdout, /4 matches/)
  assert.match(stdout, /MORE: further matches follow/)
  assert.equal(seen.length, 1)
  const twelve = JSON.parse((await runMain(['query', 'true', '--limit', '12', '--json', '--api', url])).stdout) as Answer
  assert.deepEqual([twelve.matches.length, twelve.more, twelve.next], [12, true, '12'])
})

test('a node that answers with empty pages for ever is given up', async (context) => {
  const { url, seen } = await startNodeServer(context, { query: () => sampleAnswer({ matches: [], more: true, next: 'again' }) })
  const { code, stdout } = await runMain(['query', 'true', '--api', url])
  assert.equal(code, 0)
  assert.match(stdout, /MORE/)
  assert.ok(seen.length <= 500)
})

test('--explain and --order-by are passed on, and the plan is shown', async (context) => {
  const explain = {
    terms: [
      {
        expression: 'vcpus >= 4',
        shards: [
          { shard: 'vcpus/0', estimatedRows: 1200, estimatedCost: 12.34, chosen: true },
          { shard: 'name/0', estimatedRows: 9000, estimatedCost: 90, chosen: false }
        ]
      }
    ],
    asked: [{ shard: 'vcpus/0', node: bob, local: false, rowsRead: 1200, rowsReturned: 2, latencyMs: 1.25 }]
  }
  const { url, seen } = await startNodeServer(context, { query: () => sampleAnswer({ explain }) })
  const { stdout } = await runMain(['query', 'vcpus >= 4', '--explain', '--order-by', 'vcpus:desc', '--limit', '7', '--api', url])
  assert.deepEqual(seen[0]?.request, { expression: 'vcpus >= 4', limit: 7, explain: true, orderBy: 'vcpus:desc' })
  assert.match(stdout, /\* vcpus\/0 {2}about 1,200 rows, cost 12.3/)
  assert.match(stdout, /vcpus\/0 +…xeRAbob1 +1,200 +2 +1.3 ms/)
})

test('an error in the expression is shown at its place', async (context) => {
  const { url } = await startNodeServer(context, strictNode)
  const { code, stdout, stderr } = await runMain(['query', 'location == "Tokyo" && vcpu >= 4', '--api', url])
  assert.deepEqual([code, stdout], [2, ''])
  const [error = '', expression, caret, hint] = stderr.split('\n')
  assert.match(error, /^error: .*vcpu/)
  assert.equal(expression, 'location == "Tokyo" && vcpu >= 4')
  assert.equal(caret?.indexOf('^'), expression?.indexOf('vcpu'))
  assert.equal(hint, 'hint: did you mean vcpus?')
})

test('every kind of wrong query is usage, as lines and as JSON', async (context) => {
  const { url } = await startNodeServer(context, strictNode)
  for (const expression of ['', 'vcpus >=', 'vcpus == "four"', 'vcpus + 1 == 2', '('.repeat(10_000), `vcpus in [${'1,'.repeat(300)}1]`]) {
    const shown = await runMain(['query', expression, '--api', url])
    assert.equal(shown.code, 2, shown.stderr)
    assert.match(shown.stderr, /^error: .*\n/)
    assert.doesNotMatch(shown.stderr, /\n {4}at /)
    const json = await runMain(['query', expression, '--api', url, '--json'])
    assert.equal(json.code, 2)
    assert.match((JSON.parse(json.stderr) as { error: { code: string } }).error.code, /^QUERY_/)
  }
})

test('an error in --order-by is not pointed at in the expression', async (context) => {
  const { url } = await startNodeServer(context, strictNode)
  const misspelt = await runMain(['query', 'location == "Tokyo"', '--order-by', 'vcpu', '--api', url])
  assert.equal(misspelt.code, 2)
  assert.doesNotMatch(misspelt.stderr, /\^/)
  assert.match(misspelt.stderr, /hint: did you mean vcpus\?/)
  const malformed = await runMain(['query', 'true', '--order-by', 'vcpus:up', '--api', url])
  assert.equal(malformed.code, 2, malformed.stderr)
})

test('control characters of other machines do not reach the terminal', async (context) => {
  const evil = { ...sampleMatch('web', { location: '\u001b[2J\u202egnol\nx' }), endpoints: ['\u0007'] }
  const { url } = await startNodeServer(context, {
    query: () => sampleAnswer({ matches: [evil] }),
    findService: () => ({ matches: [evil], partial: false, missing: [] }),
    members: () => {
      throw new CloudError('STOPPED', { component: '\u001b[2Jx\ny' })
    }
  })
  for (const argv of [['query', 'true'], ['service', 'get', 'web'], ['members']]) {
    const { stdout, stderr } = await runMain([...argv, '--api', url])
    for (const character of ['\u001b', '\u202e', '\u0007']) assert.ok(!(stdout + stderr).includes(character))
    assert.match(stdout + stderr, /\\u\{1b\}/)
  }
})
