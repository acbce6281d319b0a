import { CloudError } from '@cloudpeer/core'
import { LengthPrefixedDecoder } from '@libp2p/utils'
import { decode, encodeUint8Array, encodingLength } from 'uint8-varint'
import type { Uint8ArrayList } from 'uint8arraylist'
import { windowBytesMax } from './limits.ts'

/** Bytes of the longest length prefix that is read: seven bits each, for lengths below 2^28. */
const prefixBytesMax = 4

/** Cuts what arrives on a stream into frames: each one a varint length (multiformats unsigned-varint) and so many bytes. */
export interface FrameDecoder {
  /**
   * The frames that `chunk` completes. TOO_LARGE for a length above the limit, as soon as the prefix is there and before
   * any of the frame is kept; MALFORMED for a prefix that is no length.
   */
  decode(chunk: Uint8Array | Uint8ArrayList): Iterable<Uint8ArrayList>
}

/** A decoder for frames of at most `bytesMax` bytes. */
export function createFrameDecoder(bytesMax: number, field: string): FrameDecoder {
  return new LengthPrefixedDecoder({
    maxDataLength: bytesMax,
    // One event can bring everything that a paused stream had buffered.
    maxBufferSize: 2 * windowBytesMax + bytesMax + prefixBytesMax,
    lengthDecoder: (buffer) => {
      const bytes = lengthFrom(buffer, field)
      if (bytes > bytesMax) throw new CloudError('TOO_LARGE', { field, bytes, max: bytesMax })
      return bytes
    }
  })
}

/** The length at the head of `buffer`. A RangeError, which LengthPrefixedDecoder waits out, while it is incomplete. */
function lengthFrom(buffer: Uint8Array | Uint8ArrayList, field: string): number {
  for (let i = 0; i < prefixBytesMax; i++) {
    const byte = buffer instanceof Uint8Array ? buffer[i] : buffer.get(i)
    if (byte === undefined) throw new RangeError('the length prefix is incomplete')
    if (byte < 0x80) return decode(buffer)
  }
  throw new CloudError('MALFORMED', { field, problem: 'the length prefix is too long' })
}

/** A length prefix. */
export function lengthPrefix(bytes: number): Uint8Array {
  return encodeUint8Array(bytes, new Uint8Array(encodingLength(bytes)))
}
