import { backoffMs, type Clock, CloudError, type Log, type PeerId, type Random, sleep } from '@cloudpeer/core'
import type { ServiceDescription } from '@cloudpeer/model'
import type { AskNewest } from '../replica/newest.ts'

/**
 * A service of which only this is left on the disk: its description is damaged. Where that of another is in its place, so is the other's
 * `seq`, in which nobody has it.
 */
export interface DamagedService {
  readonly name: string
  readonly seq: number
}

/** What repair works with. */
export interface RepairParts {
  readonly clock: Clock
  readonly random: Random
  readonly self: PeerId
  readonly askNewest: AskNewest
  /** What is damaged now. */
  readonly damaged: () => readonly DamagedService[]
  /** The nodes that may have copies, which are those of the shard of the names. */
  readonly replicas: () => readonly PeerId[]
  /** Takes a service back, which is not damaged any more then. */
  readonly restore: (description: ServiceDescription) => void
  readonly log: Log
}

/** How often replicas are asked, and the first and longest wait between: copies of the epoch before are kept for some seconds. */
const waits = { firstMs: 500, maxMs: 4_000, attemptsMax: 6 }

/**
 * Takes own services back from their replicas: this owner signed each of those copies, and only the very version that was
 * damaged will do. One that nobody has in that version stays on the disk, unpublished.
 */
export function createRepair({ clock, random, self, askNewest, damaged, replicas, restore, log }: RepairParts) {
  /** What was removed or registered anew while the replica was asked is left alone. */
  async function repairFrom(peer: PeerId, signal: AbortSignal): Promise<void> {
    const named = damaged().map(({ name }) => ({ name, owner: self }))
    const newest = await askNewest(peer, named, { signal })
    const wanted = new Map(damaged().map(({ name, seq }) => [name, seq]))
    for (const { name, seq, deleted, attributes, endpoints } of newest.map(({ record }) => record.record)) {
      if (deleted || seq !== wanted.get(name)) continue
      restore({ name, attributes, endpoints })
      log.info('a damaged service was taken back from a replica', { name, peer })
    }
  }

  return async (signal: AbortSignal): Promise<void> => {
    for (let attempt = 1; damaged().length > 0 && attempt <= waits.attemptsMax; attempt++) {
      for (const peer of replicas()) {
        if (damaged().length === 0) return
        await repairFrom(peer, signal).catch((error: unknown) => {
          if (!(error instanceof CloudError)) throw error
          log.debug('a replica was not asked for damaged services', { peer, code: error.code })
        })
      }
      await sleep(clock, backoffMs(waits, attempt, random), signal)
    }
    for (const { name } of damaged()) log.error('a service on disk is damaged and is not published', { name })
  }
}
