import type { PeerId } from '@cloudpeer/core'
import type { Lease } from '../../src/documents/lease.ts'
import type { Verified } from '../../src/documents/signed-document.ts'

/** What tells one lease from another in tests. */
export interface Grant {
  readonly unit?: number
  readonly owner?: string
  readonly seq?: number
  readonly state?: Lease['state']
  readonly ttlMs?: number
}

/** A lease whose signature nobody looks at. */
export function granted({ unit = 0, owner = 'owner', seq = 1, state = 'held', ttlMs = 5_000 }: Grant = {}): Verified<Lease> {
  const document: Lease = {
    network: 'test',
    owner: owner as PeerId,
    requester: 'requester' as PeerId,
    request: '0123456789abcdef',
    unit,
    allocation: { cpuMilli: 1_000, memoryMib: 0, diskMib: 0, gpus: [], others: {} },
    fence: { epoch: 1, seq },
    state,
    ttlMs,
    signedAt: 0
  }
  return { document, signed: [new Uint8Array(1), new Uint8Array(64)] }
}
