import assert from 'node:assert/strict'
import test from 'node:test'
import { decode, encode, isCloudError, seededRandom } from '@cloudpeer/core'
import { createSigner, createVerifier } from '@cloudpeer/core/identity'
import { acceptUpdate, foundNetwork, openDescriptor } from '@cloudpeer/overlay'
import { descriptorBytesMax, reviseNetwork } from '../../src/network/descriptor.ts'

const random = seededRandom(1)
const founder = createSigner(random.bytes(32))
const stranger = createSigner(random.bytes(32))
const verifier = createVerifier()
const founded = foundNetwork({ signer: founder, random, name: 'garden', schema: { attributes: [] } })

function resealed(change: Record<string, unknown>, signer = founder): { body: Uint8Array; signature: Uint8Array } {
  const body = encode({ ...(decode(founded.body) as object), ...change })
  return { body, signature: signer.sign('cloudpeer/network/v1', body) }
}

const fails = (code: string, field?: RegExp) => (error: unknown) =>
  isCloudError(error, code) && (field === undefined || field.test(String(error.fields.field)))

test('a founded network opens to what its founder said, under an id of its own', () => {
  const network = openDescriptor(founded, verifier)
  const { id: _, digest, ...said } = network
  assert.deepEqual(said, { founder: founder.self, name: 'garden', schemaVersion: 1, schema: { attributes: [] } })
  assert.equal(digest.length, 8)
  assert.match(network.id, /^[0-9a-f]{32}$/)
  assert.notEqual(openDescriptor(foundNetwork({ signer: founder, random, name: 'garden', schema: {} }), verifier).id, network.id)
})

test('a descriptor is forged if another signed it, or one bit changed', () => {
  const changed = Uint8Array.from(founded.signature)
  changed[3] = (changed[3] ?? 0) ^ 1
  assert.throws(() => openDescriptor({ ...founded, signature: changed }, verifier), fails('FORGED_NETWORK'))
  assert.throws(() => openDescriptor(resealed({ name: 'mine' }, stranger), verifier), fails('FORGED_NETWORK'))
  assert.throws(
    () => openDescriptor({ body: founded.body, signature: stranger.sign('cloudpeer/network/v1', founded.body) }, verifier),
    fails('FORGED_NETWORK')
  )
})

test('a descriptor that is nonsense is refused by the field', () => {
  assert.throws(() => openDescriptor({ ...founded, body: Uint8Array.of(1, 2) }, verifier), fails('MALFORMED', /network/))
  assert.throws(() => openDescriptor(resealed({ schemaVersion: 0 }), verifier), fails('INVALID', /schemaVersion/))
  assert.throws(() => openDescriptor(resealed({ nonce: new Uint8Array(3) }), verifier), fails('INVALID', /nonce/))
  assert.throws(() => openDescriptor(resealed({ founder: 'nobody' }), verifier), fails('INVALID'))
  assert.throws(() => openDescriptor(resealed({ more: 1 }), verifier), fails('INVALID', /more/))
})

test('a name or schema that no node would take cannot be founded', () => {
  assert.throws(() => foundNetwork({ signer: founder, random, name: '', schema: {} }), fails('INVALID', /name/))
  assert.throws(() => foundNetwork({ signer: founder, random, name: 'x', schema: { a: undefined } }), fails('INVALID', /schema/))
  assert.throws(
    () => foundNetwork({ signer: founder, random, name: 'x', schema: 'a'.repeat(descriptorBytesMax) }),
    fails('TOO_LARGE', /schema/)
  )
})

test('only a newer schema of the same network, by the founder, replaces one', () => {
  const current = openDescriptor(founded, verifier)
  const next = openDescriptor(reviseNetwork(founded, founder, { attributes: ['a'] }, 2), verifier)
  assert.deepEqual([next.id, next.schemaVersion], [current.id, 2])
  assert.equal(acceptUpdate(current, next), true)
  assert.equal(acceptUpdate(next, current), false)
  const other = openDescriptor(reviseNetwork(founded, founder, { attributes: ['b'] }, 2), verifier)
  assert.notEqual(acceptUpdate(next, other), acceptUpdate(other, next), 'of two with one version the same one wins everywhere')
  assert.deepEqual([acceptUpdate(current, other), acceptUpdate(other, current), acceptUpdate(other, other)], [true, false, false])
  assert.throws(
    () => acceptUpdate(current, openDescriptor(foundNetwork({ signer: founder, random, name: 'x', schema: {} }), verifier)),
    fails('WRONG_NETWORK')
  )
  assert.throws(() => reviseNetwork(founded, stranger, {}, 2), fails('NOT_FOUNDER'))
  assert.throws(() => reviseNetwork(founded, founder, {}, 1), fails('STALE_NETWORK'))
})
