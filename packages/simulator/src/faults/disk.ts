import type { Machine } from '../cloud/machine.ts'
import type { Fault, Struck } from './fault.ts'
import { takeDown } from './process.ts'

/** The least that a commit takes on a slow disk, in ms. */
const commitMsMin = 10

/** There is no room on the disks. */
export const fullDisk: Fault = {
  kind: 'full disk',
  range: { forMs: [5_000, 60_000], machines: [1, 3], amount: [0, 0] },
  owners: 'disturbed',
  gentle: false,
  strike: (struck) => onDisks(struck, ({ disk }) => disk.fill())
}

/**
 * The next `amount` commits fail, and half of them are on the disk all the same. Their stores take nothing more until, at the end, an
 * operator who reads of it starts the nodes anew.
 */
export const failedCommits: Fault = {
  kind: 'failed fsync',
  range: { forMs: [5_000, 60_000], machines: [1, 3], amount: [1, 6] },
  owners: 'lost',
  gentle: false,
  strike(struck) {
    const { machines, amount, random } = struck
    const lift = onDisks(struck, ({ disk }) => disk.failCommits(Math.ceil(amount), () => random.next() < 0.5))
    return () => {
      lift()
      const failed = machines.filter(({ disk }) => disk.failedStores.length > 0)
      takeDown({ ...struck, machines: failed }, (node) => void node.stop('temporary'))()
    }
  }
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

/** While the process is down, what was to go into one row went into another: `amount` rows have the content of others. */
export const misdirectedWrites: Fault = {
  kind: 'misdirected writes',
  range: { forMs: [500, 20_000], machines: [1, 2], amount: [1, 30] },
  owners: 'lost',
  gentle: false,
  ofDisks: true,
  strike: ({ tookEffect, ...struck }) =>
    takeDown({ ...struck, tookEffect: () => {} }, (node) => {
      struck.cloud.crash(node)
      if (node.machine.disk.misplace(struck.random, Math.ceil(struck.amount)) > 0) tookEffect()
    })
}

/** Up to `amount` rows that were written while the fault lasted are not there, or as before, when the process comes back at its end. */
export const lostWrites: Fault = {
  kind: 'lost writes',
  range: { forMs: [5_000, 60_000], machines: [1, 2], amount: [1, 30] },
  owners: 'lost',
  gentle: false,
  ofDisks: true,
  strike({ tookEffect, ...struck }) {
    const images = new Map(struck.machines.map(({ disk }) => [disk, disk.snapshot()]))
    return () =>
      takeDown({ ...struck, tookEffect: () => {} }, (node) => {
        const { disk } = node.machine
        struck.cloud.crash(node)
        if (disk.revert(struck.random, images.get(disk) ?? new Map(), Math.ceil(struck.amount)) > 0) tookEffect()
      })()
  }
}

/** Each commit takes up to `amount` ms, for which the process does nothing else: its stores are synchronous. */
export const slowDisk: Fault = {
  kind: 'slow disk',
  range: { forMs: [5_000, 40_000], machines: [1, 3], amount: [10, 2_000] },
  owners: 'disturbed',
  gentle: false,
  ofDisks: true,
  strike: (struck) => onDisks(struck, (machine) => slowCommits(struck, machine))
}

/** Commits of one task take their time one after the other. What the task sends has left before: only what comes after it waits. */
function slowCommits({ cloud, amount, random }: Struck, { peer, disk }: Machine): () => void {
  const stalls = new Set<() => void>()
  let busyUntilMs = 0
  const lift = disk.slow(() => {
    const { now } = cloud.time
    busyUntilMs = Math.max(now, busyUntilMs) + commitMsMin + random.next() * (amount - commitMsMin)
    stalls.add(cloud.network.stall(peer, busyUntilMs - now))
  })
  return () => {
    lift()
    for (const end of stalls) end()
  }
}

/** The owner's ledger is gone when the process comes back, and nothing else. */
export const lostLedger: Fault = {
  kind: 'lost ledger',
  range: { forMs: [100, 1_000], machines: [1, 1], amount: [0, 0] },
  owners: 'lost',
  gentle: false,
  ofLeases: true,
  strike: (struck) =>
    takeDown(struck, (node) => {
      struck.cloud.crash(node)
      node.machine.disk.erase('ledger')
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
