import type { TestContext } from 'node:test'

const ends = new WeakMap<TestContext, AsyncDisposableStack>()

/**
 * Does this when the test ends, what was asked for last first, and all of it, whatever of it fails. The runner's own hooks go first to
 * last, and none goes after one that fails.
 */
export function atEnd(context: TestContext, end: () => unknown): void {
  let stack = ends.get(context)
  if (stack === undefined) {
    const made = new AsyncDisposableStack()
    ends.set(context, made)
    context.after(() => made.disposeAsync())
    stack = made
  }
  stack.defer(async () => {
    await end()
  })
}
