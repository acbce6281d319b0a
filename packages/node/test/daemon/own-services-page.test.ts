import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ownServicesPage } from '../../src/daemon/own-services-page.ts'

const services = ['a', 'b', 'c', 'd', 'e'].map((name) => ({
  name,
  attributes: {},
  endpoints: [],
  epoch: 1,
  seq: 1,
  acknowledged: 1,
  replicas: 1
}))

test('pages of any size give each service once, and only the last has no next', () => {
  for (let limit = 1; limit <= 6; limit++) {
    const names: string[] = []
    let pages = 0
    for (let after: string | undefined; pages === 0 || after !== undefined; pages++) {
      const page = ownServicesPage(services, { limit, ...(after !== undefined && { after }) })
      assert.ok(page.services.length <= limit)
      names.push(...page.services.map(({ name }) => name))
      after = page.next
    }
    assert.deepEqual(names, ['a', 'b', 'c', 'd', 'e'])
    assert.equal(pages, Math.ceil(services.length / limit))
  }
})

test('a page begins after a name that is not there any more', () => {
  assert.deepEqual(
    ownServicesPage(services, { after: 'bb' }).services.map(({ name }) => name),
    ['c', 'd', 'e']
  )
  assert.deepEqual(ownServicesPage(services, { after: 'z' }), { services: [] })
})
