import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { RPC } from '@libp2p/gossipsub/message'
import { AbstractMessageStream } from '@libp2p/utils'
import * as varint from 'uint8-varint'
import { countsDirectoryVariable, type StreamCounts } from './stream-counts.ts'

/**
 * Loaded into a node before its own code: counts what libp2p's protocols write to their streams, and leaves the counts in a file
 * for whoever started the node. kad-dht and gossipsub write a whole message at a time.
 */
const writeIntervalMs = 250

const counts: Record<keyof StreamCounts, number> = { kad: 0, gossip: 0, gossipData: 0 }
const { send } = AbstractMessageStream.prototype
AbstractMessageStream.prototype.send = function counted(data): boolean {
  const { protocol = '' } = this as { readonly protocol?: string }
  if (protocol.endsWith('/kad/1.0.0')) counts.kad++
  if (protocol.startsWith('/meshsub/')) {
    const bytes = data.subarray()
    counts.gossip++
    counts.gossipData += RPC.decode(bytes.subarray(varint.encodingLength(varint.decode(bytes)))).messages.length
  }
  return send.call(this, data)
}

const file = join(process.env[countsDirectoryVariable] ?? '.', `${process.pid}.json`)
setInterval(() => {
  writeFileSync(`${file}.new`, JSON.stringify(counts))
  renameSync(`${file}.new`, file)
}, writeIntervalMs).unref()
