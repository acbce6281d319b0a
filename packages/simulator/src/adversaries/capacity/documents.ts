import { encode, type PeerId } from '@cloudpeer/core'
import { type Raider, raiderEpoch } from '../raid.ts'

/** The fields of a document, right or wrong. */
export type DocumentFields = Readonly<Record<string, unknown>>

/** A document on the wire. */
export type SignedFields = readonly [bytes: Uint8Array, signature: Uint8Array]

/** Signs any fields at all as a document of some kind. */
export function signDocument({ signer, networkId }: Raider, kind: string, fields: DocumentFields, network = networkId): SignedFields {
  const bytes = encode(fields)
  return [bytes, signer.sign(`cloudpeer/${kind}/v1/${network}`, bytes)]
}

/** A request that would be in order if its requester signed it, for `count` leases. */
export function requestFields({ networkId, signer, random }: Raider, count = 1, requester: PeerId = signer.self): DocumentFields {
  return {
    network: networkId,
    requester,
    id: Buffer.from(random.bytes(8)).toString('hex'),
    epoch: raiderEpoch,
    seq: 1,
    ttlMs: 60_000,
    expression: 'true',
    amounts: { cpuMilli: 100, memoryMib: 64, diskMib: 0, others: {} },
    count,
    gang: false,
    priority: 9
  }
}

/** An offer of more than anybody has, which would be in order if its owner signed it. */
export function offerFields({ networkId, signer }: Raider, seq: number, owner: PeerId = signer.self): DocumentFields {
  const total = { cpuMilli: 1_000_000, memoryMib: 1_000_000, diskMib: 1_000_000, gpus: [], others: {} }
  const version = { network: networkId, owner, epoch: raiderEpoch, seq, ttlMs: 60_000 }
  return { ...version, state: 'open', attributes: { region: ['eu'] }, total, free: total, leases: [] }
}

/** A lease that would be in order if its owner signed it. */
export function leaseFields({ networkId, signer, random }: Raider, requester: PeerId, owner: PeerId = signer.self): DocumentFields {
  return {
    network: networkId,
    owner,
    requester,
    request: Buffer.from(random.bytes(8)).toString('hex'),
    unit: 0,
    allocation: { cpuMilli: 100, memoryMib: 64, diskMib: 0, gpus: [], others: {} },
    fence: { epoch: raiderEpoch, seq: 1 },
    state: 'active',
    ttlMs: 60_000,
    signedAt: 0
  }
}
