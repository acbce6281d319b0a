import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { Canceller, onAbort } from '@cloudpeer/core'

/** A canceller, and a signal with what aborts it: both are watched in one way. */
function both(): readonly { readonly of: Canceller | AbortSignal; abort(reason?: unknown): void }[] {
  const [canceller, controller] = [new Canceller(), new AbortController()]
  return [
    { of: canceller, abort: (reason) => canceller.abort(reason) },
    { of: controller.signal, abort: (reason) => controller.abort(reason) }
  ]
}

test('every callback is called once, in the order in which they came', () => {
  for (const { of, abort } of both()) {
    const called: string[] = []
    onAbort(of, () => called.push('a'))
    onAbort(of, () => called.push('b'))
    abort()
    abort()
    assert.deepEqual(called, ['a', 'b'])
  }
})

test('what is forgotten is not called, also when another callback forgets it', () => {
  for (const { of, abort } of both()) {
    const called: string[] = []
    onAbort(of, () => forgetLast())
    onAbort(of, () => called.push('forgotten before'))()
    const forgetLast = onAbort(of, () => called.push('forgotten by the first'))
    abort()
    assert.deepEqual(called, [])
  }
})

test('one callback given twice is two', () => {
  for (const { of, abort } of both()) {
    let calls = 0
    const count = (): void => void calls++
    onAbort(of, count)()
    onAbort(of, count)
    onAbort(of, count)
    abort()
    assert.equal(calls, 2)
  }
})

test('a signal asked for before or after the abort tells of it, with its reason or the platform’s own', () => {
  const [early, late, plain] = [new Canceller(), new Canceller(), new Canceller()]
  const { signal } = early
  assert.equal(signal.aborted, false)
  for (const canceller of [early, late]) canceller.abort('why')
  plain.abort()
  assert.deepEqual([signal.reason, late.signal.reason, late.reason, plain.reason], ['why', 'why', 'why', undefined])
  assert.equal((plain.signal.reason as Error).name, 'AbortError')
})
