import assert from 'node:assert/strict'
import { it } from 'node:test'
import { pointAt } from '@cloudpeer/model'

it('pointAt puts a caret below the place', () => {
  assert.equal(pointAt('vcpus > "4"', 9), 'vcpus > "4"\n        ^')
  assert.equal(pointAt('vcpus >', 8), 'vcpus >\n       ^')
  assert.equal(pointAt('a &&\n\tb == 1 &&\nc', 7), 'a &&\n\tb == 1 &&\n\t^\nc')
  assert.equal(pointAt('\u{1f600} x', 4), '\u{1f600} x\n  ^')
  assert.equal(pointAt('\na', 1), '\n^\na')
  assert.equal(pointAt('ab', 99), 'ab\n  ^')
  assert.equal(pointAt('ab', -3), 'ab\n^')
  assert.equal(pointAt('', 1), '\n^')
})
