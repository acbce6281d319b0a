import assert from 'node:assert/strict'
import { sleep } from '@cloudpeer/core'
import { systemClock } from '@cloudpeer/core/system'

/** Waits for something that the network brings about by itself; fails after 30 s. */
export async function eventually(holds: () => Promise<boolean>, what: string): Promise<void> {
  const endMs = systemClock.now() + 30_000
  while (!(await holds())) {
    assert.ok(systemClock.now() < endMs, `not within 30 s: ${what}`)
    await sleep(systemClock, 50)
  }
}
