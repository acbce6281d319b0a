import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allLeases, allOwnServices, allRequests, type Client } from '../src/index.ts'

const service = (name: string) => ({ name, attributes: {}, endpoints: [], epoch: 1, seq: 1, acknowledged: 1, replicas: 1 })

test('all pages are asked for, each once', async () => {
  const asked: unknown[] = []
  const client: Pick<Client, 'ownServices'> = {
    ownServices: async ({ after } = {}) => {
      asked.push(after)
      return after === undefined ? { services: [service('a')], next: 'a' } : { services: [service('b')] }
    }
  }
  assert.deepEqual(
    (await allOwnServices(client)).map(({ name }) => name),
    ['a', 'b']
  )
  assert.deepEqual(asked, [undefined, 'a'])
})

test('a side is asked for on every page', async () => {
  const asked: unknown[] = []
  const leases: Client['leases'] = async (request) => {
    asked.push(request)
    return { leases: [{} as never], ...(asked.length === 1 && { next: 'x' }) }
  }
  await allLeases({ leases }, 'requester')
  assert.deepEqual(asked, [{ side: 'requester' }, { side: 'requester', after: 'x' }])
})

test('pages that do not get on are refused', async () => {
  const again: Client['ownRequests'] = async () => ({ requests: [{} as never], next: 'x' })
  const empty: Client['ownRequests'] = async () => ({ requests: [], next: 'x' })
  for (const ownRequests of [again, empty]) await assert.rejects(allRequests({ ownRequests }), { code: 'API_UNEXPECTED' })
})
