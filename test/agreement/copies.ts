import { hexFromBytes } from '@cloudpeer/core'
import type { reconcileProtocol } from '@cloudpeer/registry/protocols'
import type { ReplyOf } from '@cloudpeer/transport'
import type { Copies } from './scripted-network.ts'

/** The range that somebody without any copies asks about: the answer tells of all that the other has. */
export const nothingHere = { count: 0, fingerprint: new Uint8Array(16) }

/** What the answer to {@link nothingHere} tells. */
export function copiesFrom({ ready, ranges: [range] }: ReplyOf<typeof reconcileProtocol>): Copies {
  if (range === undefined || !('count' in range)) return { ready, count: 0, fingerprint: '' }
  return { ready, count: range.count, fingerprint: hexFromBytes(range.fingerprint) }
}
