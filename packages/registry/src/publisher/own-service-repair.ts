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
  /** The nodes that may have copies, which are those of the shard of the names. */
  readonly replicas: () => readonly PeerId[]
  /** Takes a service back. */
  readonly restore: (description: ServiceDescription) => void
  readonly log: Log
}

/** How often replicas are asked, and the first and longest wait between: copies of the epoch before are kept for some seconds. */
const waits = { firstMs: 500, maxMs: 4_000, attemptsMax: 6 }

/**
 * Takes own services back from their replicas: this owner signed each of those copies, and only the very version that was
 * damaged will do. One that nobody has in that version stays on the disk, unpublished.
 */
export function createRepair({ clock, random, self, askNewest, replicas, restore, log }: RepairParts) {
  /** The services that a node does not have in the version wanted. */
  async function repairFrom(peer: PeerId, damaged: readonly DamagedService[], signal: AbortSignal): Promise<readonly DamagedService[]> {
    const named = damaged.map(({ name }) => ({ name, owner: self }))
    const newest = await askNewest(peer, named, { signal })
    const wanted = new Map(damaged.map(({ name, seq }) => [name, seq]))
    for (const { name, seq, deleted, attributes, endpoints } of newest.map(({ record }) => record.record)) {
      if (deleted || seq !== wanted.get(name)) continue
      wanted.delete(name)
      restore({ name, attributes, endpoints })
      log.info('a damaged service was taken back from a replica', { name, peer })
    }
    return damaged.filter(({ name }) => wanted.has(name))
  }

  return async (damaged: readonly DamagedService[], signal: AbortSignal): Promise<void> => {
    let left = damaged
    for (let attempt = 1; left.length > 0 && attempt <= waits.attemptsMax; attempt++) {
      for (const peer of replicas()) {
        if (left.length === 0) return
        left = await repairFrom(peer, left, signal).catch((error: unknown) => {
          if (!(error instanceof CloudError)) throw error
          log.debug('a replica was not asked for damaged services', { peer, code: error.code })
          return left
        })
      }
      await sleep(clock, backoffMs(waits, attempt, random), signal)
    }
    for (const { name } of left) log.error('a service on disk is damaged and is not published', { name })
  }
}
