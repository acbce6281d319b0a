import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { CloudError } from '@cloudpeer/core'
import { storeErrorFrom } from '../../src/store/sqlite-error.ts'

for (const [what, errcode, code] of [
  ['SQLITE_FULL', 13, 'STORE_FULL'],
  ['SQLITE_IOERR_WRITE, as of a quota', 778, 'STORE_FULL'],
  ['SQLITE_IOERR_SHMSIZE, as of a disk that is full', 4874, 'STORE_FULL'],
  ['SQLITE_IOERR_FSYNC', 1034, 'STORE_FAILED'],
  ['SQLITE_IOERR_DIR_FSYNC', 1290, 'STORE_FAILED'],
  ['SQLITE_IOERR_READ', 266, 'STORE_FAILED'],
  ['SQLITE_CORRUPT', 11, 'STORE_FAILED']
] as const) {
  test(`${what} is ${code}`, () => {
    const error = Object.assign(new Error('disk I/O error'), { errcode })
    const { fields, cause, ...rest } = storeErrorFrom('notes', error) as CloudError
    assert.deepEqual([rest.code, fields.store, cause], [code, 'notes', error])
  })
}

test('what is no error of SQLite stays what it is', () => {
  for (const error of [new CloudError('INVALID'), new Error('why'), new TypeError()]) assert.equal(storeErrorFrom('notes', error), error)
})
