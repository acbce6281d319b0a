import type { PeerId } from '@cloudpeer/core'
import type { Amounts, Capacity } from '@cloudpeer/model'
import { emptyHeader, LedgerBook, type Wish } from '@cloudpeer/provisioning/ledger'

/** Times of the books in these tests. */
export const bookOptions = { holdMs: 5_000, leaseMs: 60_000, leasesMax: 10 }

/** A machine of processors alone. */
export function cpu(cpuMilli: number): Capacity {
  return { cpuMilli, memoryMib: 0, diskMib: 0, gpus: [], others: {} }
}

/** What a lease of processors alone asks for. */
export function needs(cpuMilli: number): Amounts {
  return { cpuMilli, memoryMib: 0, diskMib: 0, others: {} }
}

/** A requester, by a letter. */
export function peer(letter: string): PeerId {
  return `peer-${letter}` as PeerId
}

/** A wish for one processor by requester `letter`, whose request is named after it. */
export function wish(letter: string, change: Partial<Wish> = {}): Wish {
  return {
    requester: peer(letter),
    request: letter.repeat(16),
    unit: 0,
    amounts: needs(1000),
    gang: false,
    waitedMs: 0,
    ...change
  }
}

/** A book over that many processors that has granted nothing. */
export function newBook(processors: number, options: Partial<typeof bookOptions> = {}): LedgerBook {
  const capacity = { total: cpu(processors * 1000), attributes: {} }
  return new LedgerBook({ header: { ...emptyHeader, epoch: 1 }, capacity, entries: [] }, { ...bookOptions, ...options })
}
