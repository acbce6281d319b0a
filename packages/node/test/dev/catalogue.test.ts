import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileQuery, parseDescription, parseSchema } from '@cloudpeer/model'
import { catalogueSchema, locationOf, shareOutCatalogue } from '../../src/dev/catalogue/catalogue.ts'
import { tour } from '../../src/dev/tour.ts'

const schema = parseSchema(catalogueSchema)

test('every type is published once in every location, by nodes of that location, evenly', () => {
  for (const nodes of [9, 3, 10]) {
    const shares = shareOutCatalogue(nodes)
    const all = shares.flat()
    assert.equal(all.length, 3138)
    assert.equal(new Set(all.map(({ name }) => name)).size, 3138)
    assert.ok(shares.every((share, index) => share.every(({ attributes }) => attributes.location === locationOf(index))))
  }
  assert.deepEqual([...new Set(shareOutCatalogue(9).map(({ length }) => length))].sort(), [348, 349])
  assert.equal(shareOutCatalogue(1)[0]?.length, 3138)
  assert.equal(shareOutCatalogue(2).flat().length, 3138)
})

test('every service fits the schema, and every query of the tour agrees with its predicate and finds something', () => {
  const services = shareOutCatalogue(9).flat()
  const subjects = services.map((service) => ({ ...parseDescription(service, schema), owner: 'o' }))
  for (const { expression, holds } of tour) {
    const query = compileQuery(expression, schema)
    const found = subjects.filter((subject) => query.matches(subject)).map(({ name }) => name)
    assert.deepEqual(
      found,
      services.filter(({ attributes }) => holds(attributes)).map(({ name }) => name),
      expression
    )
    assert.ok(found.length > 1 && found.length < services.length / 4, `${expression} finds ${found.length}`)
  }
})
