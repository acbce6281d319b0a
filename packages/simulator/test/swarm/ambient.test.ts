import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { test } from 'node:test'
import { drawScenario, runScenario, type Verdict } from '@cloudpeer/simulator'

/** What differs from run to run, machine to machine or user to user. */
const ambient = [
  [Date, 'now'],
  [performance, 'now'],
  [process, 'hrtime'],
  [process, 'uptime'],
  [Math, 'random'],
  [globalThis, 'setTimeout'],
  [globalThis, 'setInterval'],
  [globalThis, 'setImmediate'],
  [AbortSignal, 'timeout'],
  [crypto, 'randomBytes'],
  [crypto, 'randomUUID'],
  [crypto, 'randomInt'],
  [Crypto.prototype, 'getRandomValues'],
  [String.prototype, 'localeCompare'],
  [String.prototype, 'toLocaleLowerCase'],
  [Number.prototype, 'toLocaleString'],
  [Date.prototype, 'toLocaleString'],
  [Intl, 'Collator']
] as const

/** Lets every ambient source throw, and note that it was read, while `work` goes on. */
async function forbidding(work: () => unknown): Promise<readonly string[]> {
  const read: string[] = []
  const restore = ambient.map(([owner, name]) => {
    const own = Object.getOwnPropertyDescriptor(owner, name)
    const value = (): never => {
      read.push(`${name}: ${new Error('it is read here').stack}`)
      throw new Error(`${name} is read`)
    }
    Object.defineProperty(owner, name, { value, configurable: true, writable: true })
    return () => (own === undefined ? Reflect.deleteProperty(owner, name) : Object.defineProperty(owner, name, own))
  })
  syncBuiltinESMExports()
  try {
    await work()
  } finally {
    for (const undo of restore) undo()
    syncBuiltinESMExports()
  }
  return read
}

test('nothing in a simulated network reads an ambient clock, timer, random source or locale', async () => {
  const scenario = drawScenario(4, { nodesMin: 8, nodesMax: 10, faultsMs: 30_000, healMs: 40_000 })
  let verdict: Verdict | undefined
  const read = await forbidding(async () => {
    verdict = await runScenario(scenario)
  })
  assert.deepEqual(read, [])
  assert.equal(verdict?.violation, undefined)
  assert.ok(verdict !== undefined && verdict.deliveries > 0)
})

test('such a read is noticed', async () => {
  const read = await forbidding(() => {
    assert.throws(() => Date.now(), /now is read/)
    assert.throws(() => 'a'.localeCompare('b'), /localeCompare is read/)
  })
  assert.equal(read.length, 2)
})
