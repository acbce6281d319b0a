import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { CloudError, type Store } from '@cloudpeer/core'
import { createMemoryStores, failStop } from '@cloudpeer/core/store'

/** A store whose next commits fail with the errors that are given, in this order. */
function storeThatFails(...errors: readonly CloudError[]): Store {
  const store = createMemoryStores().open('notes', ['CREATE TABLE note (text TEXT)'])
  const left = [...errors]
  return failStop({
    ...store,
    transaction(work) {
      const result = store.transaction(work)
      const error = left.shift()
      if (error !== undefined) throw error
      return result
    }
  })
}

const broken = new CloudError('STORE_FAILED', { store: 'notes', problem: 'disk I/O error' })

test('after a commit that failed nothing is written any more, by whatever way, and reads go on', () => {
  const store = storeThatFails(broken)
  const [insert, select] = [store.prepare('INSERT INTO note VALUES (?)'), store.prepare('SELECT text FROM note')]
  store.prepare('INSERT INTO note VALUES (?)').run('before')
  const failures = [
    () => store.transaction(() => insert.run('in doubt')),
    () => store.transaction(() => insert.run('later')),
    () => insert.run('later'),
    () => store.prepare('DELETE FROM note').run()
  ]
  for (const write of failures) assert.throws(write, { code: 'STORE_FAILED', fields: broken.fields })
  assert.deepEqual(
    select.all().map(({ text }) => text),
    ['before', 'in doubt']
  )
})

test('a disk that was full, and work that threw, stop nothing', () => {
  const store = storeThatFails(new CloudError('STORE_FULL', { store: 'notes' }))
  const write = (): unknown => store.transaction(() => store.prepare('INSERT INTO note VALUES (1)').run())
  assert.throws(write, { code: 'STORE_FULL' })
  assert.throws(() => store.transaction(() => assert.fail('why')), /why/)
  assert.throws(() => store.prepare('nonsense'), { code: 'STORE_FAILED' })
  write()
})
