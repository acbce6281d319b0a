import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { compareText, seededRandom } from '@cloudpeer/core'
import { createSystemRandom } from '@cloudpeer/core/system'
import { type RandomQuery, randomQuery } from '@cloudpeer/node/dev'
import { type Published, useCatalogueNetwork } from './catalogue-network.ts'
import { messagesSent } from './message-count.ts'
import { askPlainly } from './plain-client.ts'

const network = useCatalogueNetwork(9)

const queriesAsked = 100
const pageSize = 700

test('random queries at random nodes answer what a plain filter over the input finds', { timeout: 60_000 }, async () => {
  const seed = Number(process.env.CLOUDPEER_SEED ?? createSystemRandom().integer(2 ** 31))
  const random = seededRandom(seed)
  for (let asked = 0; asked < queriesAsked; asked++) {
    const query = randomQuery(random, network.published, 3)
    const { client } = network.nodes[random.integer(network.nodes.length)] as (typeof network.nodes)[number]
    const found = await allPages(client, query.expression)
    const expected = filtered(query)
    const absent = missingFrom(found, expected)
    const wrong = missingFrom(expected, found)
    assert.deepEqual({ absent, wrong }, { absent: [], wrong: [] }, `seed ${seed}, query ${asked}: ${query.expression}`)
    assert.ok(isDeepStrictEqual(found, expected), `seed ${seed}, query ${asked} is out of order or repeats: ${query.expression}`)
  }
})

async function allPages(client: (typeof network.nodes)[number]['client'], expression: string): Promise<readonly string[]> {
  const found: string[] = []
  let after: string | undefined
  do {
    const answer = await client.query({ expression, limit: pageSize, ...(after === undefined ? {} : { after }) })
    assert.equal(answer.partial, false, expression)
    assert.equal(answer.more, answer.next !== undefined)
    found.push(...answer.matches.map(({ name, owner }) => `${name} ${owner}`))
    after = answer.next
  } while (after !== undefined)
  return found
}

/** The first few items that are not in `list`. */
function missingFrom(list: readonly string[], items: readonly string[]): readonly string[] {
  const known = new Set(list)
  return items.filter((item) => !known.has(item)).slice(0, 5)
}

function filtered({ holds }: RandomQuery): readonly string[] {
  const byName = (a: Published, b: Published): number => compareText(a.name, b.name) || compareText(a.owner, b.owner)
  return network.published
    .filter(({ attributes }) => holds(attributes))
    .sort(byName)
    .map(({ name, owner }) => `${name} ${owner}`)
}

test('the messages that an answer admits to are those that all transports counted', { timeout: 30_000 }, async () => {
  const expressions = [
    'name == "c5.large.tokyo"',
    'vcpus >= 4 && gpus > 0',
    'location == "tokyo" && vcpus > 300 || gpu_model == "NVIDIA L4"'
  ]
  let counted = 0
  for (const expression of expressions) {
    for (const { client } of network.nodes) {
      const before = await messagesSent(network.nodes, '/cloudpeer/registry/read/')
      const { stats } = await client.query({ expression })
      const after = await messagesSent(network.nodes, '/cloudpeer/registry/read/')
      assert.equal(after - before, stats.messages, expression)
      counted += stats.messages
    }
  }
  assert.ok(counted > 0, 'some node had to ask another')
})

test('a plain libp2p client without our code asks any node', { timeout: 20_000 }, async () => {
  const address = network.nodes[4]?.addresses[0] ?? ''
  const reply = (await askPlainly(address, '/cloudpeer/registry/query/1', { expression: 'name == "c5.large.tokyo"' })) as {
    readonly ok: { readonly matches: readonly { readonly name: string; readonly owner: string }[]; readonly partial: boolean }
  }
  const owner = network.published.find(({ name }) => name === 'c5.large.tokyo')?.owner
  assert.deepEqual(
    reply.ok.matches.map((match) => [match.name, match.owner]),
    [['c5.large.tokyo', owner]]
  )
  assert.equal(reply.ok.partial, false)
  const refused = (await askPlainly(address, '/cloudpeer/registry/query/1', { expression: 'vcpu > 3' })) as {
    readonly error: { readonly code: string }
  }
  assert.equal(refused.error.code, 'QUERY_UNKNOWN_ATTRIBUTE')
})
