import { strict as assert } from 'node:assert'
import { createPublicKey, verify } from 'node:crypto'
import { test } from 'node:test'
import { createHashSigner, createHashVerifier, createSigner, createVerifier, publicKeyFromPeerId } from '@cloudpeer/core/identity'

const payload = Buffer.from('payload')
const ada = createSigner(new Uint8Array(32).fill(1))
const bob = createSigner(new Uint8Array(32).fill(2))
const pairs = [
  ['Ed25519', createVerifier(), ada],
  ['hashes', createHashVerifier(), createHashSigner(ada.self)]
] as const

for (const [name, verifier, signer] of pairs) {
  test(`${name}: a signature holds for its signer, domain and payload only`, () => {
    const signature = signer.sign('test/v1', payload)
    assert.equal(signature.length, 64)
    assert.ok(verifier.verify(ada.self, 'test/v1', payload, signature))
    assert.ok(!verifier.verify(bob.self, 'test/v1', payload, signature))
    assert.ok(!verifier.verify(ada.self, 'test/v2', payload, signature))
    assert.ok(!verifier.verify(ada.self, 'test/v1', Buffer.from('payloae'), signature))
    for (let i = 0; i < signature.length; i++) {
      const forged = Uint8Array.from(signature, (byte, index) => (index === i ? byte ^ 1 : byte))
      assert.ok(!verifier.verify(ada.self, 'test/v1', payload, forged), `byte ${i}`)
    }
  })

  test(`${name}: nonsense is no signature, and no error`, () => {
    for (const signature of [new Uint8Array(), new Uint8Array(64), new Uint8Array(1000)]) {
      assert.equal(verifier.verify(ada.self, 'test/v1', payload, signature), false)
    }
    assert.equal(verifier.verify('nobody', 'test/v1', payload, signer.sign('test/v1', payload)), false)
  })
}

test('a signature is plain Ed25519 over the domain, a zero byte and the payload', () => {
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), publicKeyFromPeerId(ada.self)])
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' })
  assert.ok(verify(null, Buffer.from('test/v1\0payload'), key, ada.sign('test/v1', payload)))
})

test('signing twice gives the same signature', () => {
  assert.deepEqual(ada.sign('test/v1', payload), ada.sign('test/v1', payload))
})
