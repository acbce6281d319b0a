import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { hexFromBytes, isCloudError } from '@cloudpeer/core'
import { createSigner, parsePeerId, peerIdBytes, peerIdFromPublicKey, publicKeyFromPeerId, sha256 } from '@cloudpeer/core/identity'

const invalid = (error: unknown): boolean => isCloudError(error, 'INVALID') && error.fields.field === 'peer id'

/** RFC 8032, section 7.1, test 1, and the peer id that libp2p gives its key. */
const seed = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex')
const publicKey = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'
const peerId = '12D3KooWQK1wnefoLrcVHbbnf5tLzbopUd3K3bFAoJpA7YJgL5pV'

test('a known seed has a known public key and the peer id that libp2p gives it', () => {
  const { self } = createSigner(seed)
  assert.equal(self, peerId)
  assert.equal(hexFromBytes(publicKeyFromPeerId(self)), publicKey)
  assert.equal(peerIdFromPublicKey(Buffer.from(publicKey, 'hex')), peerId)
})

test('the bytes of a peer id are the identity multihash of its protobuf key', () => {
  assert.equal(hexFromBytes(peerIdBytes(peerId)), `002408011220${publicKey}`)
})

test('a text from outside is a peer id with an Ed25519 key, or INVALID', () => {
  assert.equal(parsePeerId(peerId), peerId)
  for (const text of [
    '',
    'peer',
    '0OIl',
    `${peerId}x`,
    peerId.slice(1),
    'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N',
    'é'.repeat(5000)
  ]) {
    assert.throws(() => parsePeerId(text), invalid, text.slice(0, 60))
  }
})

test('SHA-256 is the one of FIPS 180-4', () => {
  const digest = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
  assert.equal(hexFromBytes(sha256('abc')), digest)
  assert.equal(hexFromBytes(sha256(Uint8Array.of(0x61, 0x62, 0x63))), digest)
})
