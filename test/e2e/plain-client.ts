import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import * as cbor from '@ipld/dag-cbor'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import * as varint from 'uint8-varint'

/** One request and one reply over a plain libp2p stream, as any application can do it: no code of Cloudpeer is in here. */
export async function askPlainly(address: string, protocol: string, request: unknown): Promise<unknown> {
  const node = await createLibp2p({ transports: [tcp()], connectionEncrypters: [noise()], streamMuxers: [yamux()] })
  try {
    const stream = await node.dialProtocol(multiaddr(address), protocol)
    const body = cbor.encode(request)
    stream.send(Buffer.concat([varint.encode(body.length), body]))
    const chunks: Uint8Array[] = []
    for await (const chunk of stream) {
      chunks.push(chunk.subarray())
      const received = Buffer.concat(chunks)
      const length = varint.decode(received)
      const start = varint.encodingLength(length)
      if (received.length >= start + length) return cbor.decode(received.subarray(start, start + length))
    }
    throw new Error('the stream ended before the reply')
  } finally {
    await node.stop()
  }
}
