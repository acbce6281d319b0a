import { sleep } from '@cloudpeer/core'
import type { Adversary, AdversaryGround } from '../adversary.ts'
import { keyOfReplica } from '../ground-keys.ts'
import type { Lie, Lies } from '../lying-transport.ts'
import { createRaid, type Raider } from '../raid.ts'
import { wire } from '../raw-protocol.ts'

/** A replica whose answers are right, and come just before the asker gives up. */
export function createSlowReplica(ground: AdversaryGround, { readMs = 1_400, otherMs = 4_500 } = {}): Adversary {
  return createRaid(ground, { name: 'slow replica', lies: (raider) => delays(raider, readMs, otherMs), signer: keyOfReplica(ground) })
}

function delays({ clock, count }: Raider, readMs: number, otherMs: number): Lies {
  const after =
    (delayMs: number): Lie =>
    async (answer, _, { signal }) => {
      await sleep(clock, delayMs, signal)
      count('delayed')
      return answer()
    }
  const late = after(otherMs)
  return {
    [wire.read]: after(readMs),
    [wire.newest]: after(readMs),
    [wire.write]: late,
    [wire.refresh]: late,
    [wire.reconcile]: late,
    [wire.copy]: late
  }
}
