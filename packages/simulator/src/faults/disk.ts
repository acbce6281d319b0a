import type { Machine } from '../cloud/machine.ts'
import type { Fault, Struck } from './fault.ts'
import { takeDown } from './process.ts'

/** There is no room on the disks. */
export const fullDisk: Fault = {
  kind: 'full disk',
  range: { forMs: [5_000, 60_000], machines: [1, 3], amount: [0, 0] },
  owners: 'disturbed',
  gentle: false,
  strike: (struck) => onDisks(struck, ({ disk }) => disk.fill())
}

/** The next `amount` commits fail, and half of them are on the disk all the same. */
export const failedCommits: Fault = {
  kind: 'failed fsync',
  range: { forMs: [5_000, 60_000], machines: [1, 3], amount: [1, 6] },
  owners: 'lost',
  gentle: false,
  strike: (struck) => onDisks(struck, ({ disk }) => disk.failCommits(Math.ceil(struck.amount), () => struck.random.next() < 0.5))
}

/** While the process is down, bits flip in a share of up to `amount` hundredths of what is stored. */
export const corruptRows: Fault = {
  kind: 'corrupt rows',
  range: { forMs: [500, 20_000], machines: [1, 2], amount: [1, 30] },
  owners: 'lost',
  gentle: false,
  strike: (struck) =>
    takeDown(struck, (node) => {
      struck.cloud.crash(node)
      node.machine.disk.corrupt(struck.random, Math.ceil(struck.amount))
    })
}

/** Starts a fault of disks, and says at its end whether a process noticed. */
function onDisks({ machines, tookEffect }: Struck, start: (machine: Machine) => () => void): () => void {
  const lifts = machines.map((machine) => ({ before: effectsOf(machine), machine, lift: start(machine) }))
  return () => {
    for (const { before, machine, lift } of lifts) {
      if (effectsOf(machine) > before) tookEffect()
      lift()
    }
  }
}

function effectsOf({ disk }: Machine): number {
  return [...disk.effects.values()].reduce((sum, count) => sum + count, 0)
}
