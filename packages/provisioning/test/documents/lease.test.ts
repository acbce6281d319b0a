import assert from 'node:assert/strict'
import { createPublicKey, verify } from 'node:crypto'
import { test } from 'node:test'
import { decode, encode } from '@cloudpeer/core'
import { createSigner, createVerifier, publicKeyFromPeerId } from '@cloudpeer/core/identity'
import { createDocuments } from '../../src/documents/documents.ts'
import { checkLease, type Lease } from '../../src/documents/lease.ts'

const network = 'ab'.repeat(16)
const signer = createSigner(new Uint8Array(32).fill(7))
const documents = createDocuments({ network, signer, verifier: createVerifier() })
const lease: Lease = {
  network,
  owner: signer.self,
  requester: createSigner(new Uint8Array(32).fill(8)).self,
  request: '00112233445566aa',
  unit: 0,
  allocation: { cpuMilli: 2000, memoryMib: 1024, diskMib: 0, gpus: [{ place: 1, milli: 500 }], others: {} },
  fence: { epoch: 1, seq: 7 },
  state: 'active',
  ttlMs: 60_000,
  signedAt: 0
}
const {
  signed: [bytes, signature]
} = documents.leases.seal(lease)

test('whoever has a lease can check it, of whatever network', () => {
  assert.deepEqual(checkLease([bytes, signature]), lease)
})

test('no code of ours is needed: Ed25519 over domain, a zero byte and the bytes, by the key in the peer id of the owner', () => {
  const { owner } = decode(bytes) as Lease
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), publicKeyFromPeerId(owner)])
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' })
  assert.ok(verify(null, Buffer.concat([Buffer.from(`cloudpeer/lease/v1/${network}\0`), bytes]), key, signature))
})

test('what its owner did not sign is refused', () => {
  const forged = [
    [encode({ ...lease, unit: 1 }), signature],
    [encode({ ...lease, owner: lease.requester }), signature],
    [encode({ ...lease, network: 'cd'.repeat(16) }), signature],
    [bytes, signature.with(0, (signature[0] ?? 0) ^ 1)],
    [bytes, signature.slice(1)],
    [bytes, signer.sign(`cloudpeer/offer/v1/${network}`, bytes)]
  ] as const
  for (const each of forged) assert.throws(() => checkLease(each), { code: 'DOCUMENT_FORGED' })
})

test('what is no lease is refused by the field', () => {
  assert.throws(() => checkLease([bytes.slice(1), signature]), { code: /MALFORMED|INVALID/ })
  assert.throws(() => checkLease([encode({ ...lease, unit: -1 }), signature]), { code: 'INVALID', message: /lease\.unit/ })
  assert.throws(() => checkLease([encode({ ...lease, owner: 'nobody' }), signature]), { code: 'INVALID', message: /owner|peer id/ })
})
