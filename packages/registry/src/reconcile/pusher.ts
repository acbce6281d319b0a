import { type Clock, errorDefinition, type PeerId } from '@cloudpeer/core'
import type { Transport } from '@cloudpeer/transport'
import { packedBytes } from '../replica/page.ts'
import { writeBytesMax, writeProtocol, writeRecordsMax } from '../replica/protocol.ts'
import { leftMs, type Row } from '../replica/row.ts'
import { recordDigest } from './fingerprint.ts'
import { keyBytes, keyFrom } from './item-list.ts'
import type { Learn } from './learner.ts'
import type { Pace } from './pace.ts'
import type { Refusals } from './refusals.ts'

/** What pushing works with. */
export interface PusherParts {
  readonly clock: Clock
  readonly transport: Transport
  readonly learn: Learn
  readonly refusals: Refusals
  readonly pace: Pace
}

/** What came of writing. */
export interface Pushed {
  /** Copies that the node took. */
  readonly taken: number
  /** Newer versions that it had of copies that it did not take, and that were new to this node. */
  readonly learned: number
}

/** Writes copies to a node that lacks them. Errors are those of the transport, and of {@link Learn}. */
export type Push = (peer: PeerId, rows: readonly Row[], signal: AbortSignal) => Promise<Pushed>

/**
 * A pusher: a copy is written with the time that is left to it, so that it does not outlive its owner's last word. Who calls a copy
 * superseded is asked for what supersedes it: in the shard that was compared that version may not show.
 */
export function createPusher({ clock, transport, learn, refusals, pace }: PusherParts): Push {
  async function write(peer: PeerId, batch: readonly Row[], signal: AbortSignal): Promise<Pushed> {
    const now = clock.now()
    const request = {
      records: batch.map(({ bytes, signature }): [Uint8Array, Uint8Array] => [bytes, signature]),
      leftMs: batch.map((row) => leftMs(row, now))
    }
    const { failed } = await transport.request(peer, writeProtocol, request, { signal })
    const stale: Row[] = []
    for (const { index, error } of failed) {
      const row = batch[index]
      if (row === undefined) continue
      if (error.code === 'RECORD_STALE') stale.push(row)
      else if (errorDefinition(error.code)?.retry !== true) refusals.add(peer, keyOfRow(row))
    }
    return { taken: batch.length - failed.length, learned: await learn(peer, stale, signal) }
  }

  return async (peer, rows, signal) => {
    let taken = 0
    let learned = 0
    for (const batch of batchesOf(rows.filter((row) => !refusals.has(peer, keyOfRow(row))))) {
      const pushed = await write(peer, batch, signal)
      taken += pushed.taken
      learned += pushed.learned
      await pace(sizeOf(batch), signal)
    }
    return { taken, learned }
  }
}

function keyOfRow({ bytes }: Row): string {
  return keyFrom(recordDigest(bytes).subarray(0, keyBytes))
}

function sizeOf(rows: readonly Row[]): number {
  return rows.reduce((sum, row) => sum + packedBytes(row), 0)
}

/** Cuts rows into what single writes may carry. */
function* batchesOf(rows: readonly Row[]): Generator<readonly Row[]> {
  let batch: Row[] = []
  let bytes = 0
  for (const row of rows) {
    bytes += packedBytes(row)
    if (batch.length === writeRecordsMax || (batch.length > 0 && bytes > writeBytesMax)) {
      yield batch
      batch = []
      bytes = packedBytes(row)
    }
    batch.push(row)
  }
  if (batch.length > 0) yield batch
}
