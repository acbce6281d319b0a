import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encode, isCloudError, seededRandom } from '@cloudpeer/core'
import { createSigner, createVerifier } from '@cloudpeer/core/identity'
import { compareVersions, openRecord, recordBytesMax, signService, signTombstone } from '../../src/record/record.ts'

const signer = createSigner(seededRandom(1).bytes(32))
const stranger = createSigner(seededRandom(2).bytes(32))
const verifier = createVerifier()
const version = { network: 'net', epoch: 3, seq: 7, ttlMs: 60_000 }
const description = { name: 'web', attributes: { cores: [4], os: ['linux', 'windows'] }, endpoints: ['https://web.example'] }

function rejects(code: string, fields: Record<string, unknown>): (error: unknown) => boolean {
  return (error) => {
    assert.ok(isCloudError(error, code), String(error))
    for (const [field, value] of Object.entries(fields)) assert.equal(error.fields[field], value)
    return true
  }
}

function signed(value: Record<string, unknown>): { bytes: Uint8Array; signature: Uint8Array } {
  const bytes = encode(value)
  return { bytes, signature: signer.sign('cloudpeer/record/v1/net', bytes) }
}

test('a record opens to what was signed', () => {
  const { record } = openRecord(signService(signer, version, description), 'net', verifier)
  assert.deepEqual(record, { ...version, ...description, owner: signer.self, deleted: false })
})

test('a tombstone opens to one', () => {
  assert.equal(openRecord(signTombstone(signer, version, 'web'), 'net', verifier).record.deleted, true)
})

test('anytime_nothing_is_opened_that_its_owner_did_not_sign', () => {
  const good = signService(signer, version, description)
  const forged = { ...good, signature: stranger.sign('cloudpeer/record/v1/net', good.bytes) }
  assert.throws(() => openRecord(forged, 'net', verifier), rejects('RECORD_FORGED', { name: 'web', owner: signer.self }))
  const otherDomain = { ...good, signature: signer.sign('cloudpeer/member/v1/net', good.bytes) }
  assert.throws(() => openRecord(otherDomain, 'net', verifier), rejects('RECORD_FORGED', { name: 'web' }))
  for (let place = 0; place < good.bytes.length; place++) {
    const bytes = Uint8Array.from(good.bytes)
    bytes[place] = (bytes[place] as number) ^ 1
    assert.throws(
      () => openRecord({ ...good, bytes }, 'net', verifier),
      (error) => isCloudError(error)
    )
  }
})

test('a record of another network is refused by name', () => {
  const other = signService(signer, { ...version, network: 'other' }, description)
  assert.throws(() => openRecord(other, 'net', verifier), rejects('RECORD_OF_ANOTHER_NETWORK', { network: 'other', name: 'web' }))
})

test('a record that is cut short or has a field too many names what is wrong', () => {
  const good = signService(signer, version, description)
  assert.throws(
    () => openRecord({ ...good, bytes: good.bytes.subarray(0, -3) }, 'net', verifier),
    rejects('MALFORMED', { field: 'record' })
  )
  const fields = { ...good.record }
  assert.throws(() => openRecord(signed({ ...fields, colour: 'red' }), 'net', verifier), rejects('INVALID', { field: 'record.colour' }))
  assert.throws(() => openRecord(signed({ ...fields, seq: 'x' }), 'net', verifier), rejects('INVALID', { field: 'record.seq' }))
  assert.throws(() => openRecord(signed({ ...fields, ttlMs: 0 }), 'net', verifier), rejects('INVALID', { field: 'record.ttlMs' }))
  assert.throws(
    () => openRecord(signed({ ...fields, attributes: { cores: [] } }), 'net', verifier),
    rejects('INVALID', { field: 'record.attributes.cores' })
  )
  const named = signed({ ...fields, attributes: { constructor: [1] } })
  assert.throws(() => openRecord(named, 'net', verifier), rejects('INVALID', { field: 'record.attributes.constructor' }))
})

test('versions are ordered by epoch, then seq, and equivocation has one winner everywhere', () => {
  const at = (epoch: number, seq: number, name = 'web') => signService(signer, { ...version, epoch, seq }, { ...description, name })
  assert.ok(compareVersions(at(2, 1), at(1, 9)) > 0)
  assert.ok(compareVersions(at(1, 2), at(1, 1)) > 0)
  assert.equal(compareVersions(at(1, 1), at(1, 1)), 0)
  const [a, b] = [at(1, 1, 'a'), at(1, 1, 'b')]
  assert.equal(Math.sign(compareVersions(a, b)), -Math.sign(compareVersions(b, a)))
  assert.notEqual(compareVersions(a, b), 0)
})

test('the largest description still fits a record', () => {
  const attributes = Object.fromEntries(Array.from({ length: 15 }, (_, index) => [`text${index}`, ['x'.repeat(1024)]]))
  assert.ok(signService(signer, version, { name: 'n'.repeat(128), attributes, endpoints: [] }).bytes.length <= recordBytesMax)
})
