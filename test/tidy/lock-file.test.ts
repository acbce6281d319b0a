import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { completed, type LockedPackages, missingPackages } from './lock-file.ts'
import { root } from './tree.ts'

const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: LockedPackages }

test('package-lock.json names no registry: `npm ci` works with any', () => {
  const resolved = Object.values(packages).map((locked) => locked.resolved ?? '')
  assert.deepEqual(
    resolved.filter((from) => from.includes(':')),
    []
  )
})

test('package-lock.json has the packages of every platform', () => {
  const missing = missingPackages(packages).map(({ name }) => name)
  assert.deepEqual(missing, [], 'add them with: node_modules/.bin/node test/tidy/complete-lock.ts')
})

test('a package of another platform is found missing, and completed', () => {
  const partial: LockedPackages = {
    '': {},
    'node_modules/tool': {
      version: '1.0.0',
      dev: true,
      optionalDependencies: { 'tool-linux-x64-musl': '1.0.0', 'tool-darwin-arm64': '1.0.0' }
    },
    'node_modules/tool/node_modules/tool-darwin-arm64': { version: '1.0.0', optional: true }
  }
  assert.deepEqual(
    missingPackages(partial).map(({ name }) => name),
    ['tool-linux-x64-musl']
  )
  assert.deepEqual(completed(partial)['node_modules/tool-linux-x64-musl'], {
    version: '1.0.0',
    os: ['linux'],
    cpu: ['x64'],
    libc: ['musl'],
    dev: true,
    optional: true
  })
})
