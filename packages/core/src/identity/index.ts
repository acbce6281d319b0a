export { sha256 } from './hash.ts'
export { type PeerId, parsePeerId, peerIdBytes, peerIdFromPublicKey, publicKeyFromPeerId } from './peer-id.ts'
export { createHashSigner, createHashVerifier, createSigner, createVerifier, type Signer, type Verifier } from './signer.ts'
