import assert from 'node:assert/strict'
import { registerHooks } from 'node:module'
import { test } from 'node:test'

test('nothing that the package loads belongs to Node alone', async () => {
  const loaded: string[] = []
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, { ...context, conditions: ['browser', 'import'] })
      loaded.push(resolved.url)
      return resolved
    }
  })
  await import('../src/index.ts')
  hooks.deregister()
  assert.ok(loaded.some((url) => url.endsWith('/api/src/client.ts')))
  assert.deepEqual(
    loaded.filter((url) => url.startsWith('node:')),
    []
  )
})
