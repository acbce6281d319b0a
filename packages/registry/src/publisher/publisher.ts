import {
  backoffMs,
  type Clock,
  CloudError,
  cloudErrorFromWire,
  isCloudError,
  jittered,
  type Log,
  type PeerId,
  type Random,
  type Scope,
  Semaphore,
  sleep,
  startDeadline
} from '@cloudpeer/core'
import type { ServiceDescription } from '@cloudpeer/model'
import type { Protocol, ReplyOf, RequestOf, Transport } from '@cloudpeer/transport'
import type { RegistryOptions } from '../options.ts'
import type { VerifiedRecord } from '../record/record.ts'
import type { VerifiedRecords } from '../record/verified-records.ts'
import type { Registration } from '../registry.ts'
import { refreshProtocol, refreshServicesMax, writeBytesMax, writeProtocol, writeRecordsMax } from '../replica/protocol.ts'
import type { Replica } from '../replica/replica.ts'
import type { OwnServices } from './own-services.ts'
import type { Publications } from './publication.ts'

/** What publishing works with. */
export interface PublisherParts {
  readonly clock: Clock
  readonly random: Random
  readonly transport: Transport
  readonly services: OwnServices
  readonly publications: Publications
  readonly records: VerifiedRecords
  /** This node's own replica, which is written to without a message. */
  readonly replica: Replica
  readonly scope: Scope
  readonly options: RegistryOptions
  readonly log: Log
}

/** Nodes that are written to at once. */
const writersMax = 16
/** Registrations that may wait for their majority at once. */
const waitersMax = 1024
/** How long hand-over is trusted to bring a node what a majority has, in ms, before the owner writes it. */
const handOverMs = 15_000
/** Time between two questions to replicas whose copies did not count, in ms, for as long as a registration waits. */
const uncountedMs = 500
/** Share of a record's ttl after which its owner speaks of it again. */
const refreshShare = 1 / 3
/** How long a tombstone is offered to nodes that lack it, in ttls. */
const tombstoneTtls = 2

/** Brings this owner's services to their replicas and keeps them there. */
export interface Publisher {
  /** Publishes what is on the disk, as far as it is not damaged. */
  start(): void
  /** Publishes a service that was damaged again. */
  restore(description: ServiceDescription): void
  /** Publishes everything anew under a later epoch. */
  republish(epoch: number): void
  register(descriptions: readonly ServiceDescription[], signal?: AbortSignal): Promise<readonly Registration[]>
  remove(name: string, signal?: AbortSignal): Promise<boolean>
  registration(name: string): Registration
  /** The members, or the schema, have changed. */
  replan(): void
  /** Looks anew whether those who wait may go on. */
  review(): void
}

/** One owner's publisher: a writer for each node that lacks something, and the registrations that wait for them. */
export function createPublisher(parts: PublisherParts): Publisher {
  const { clock, random, transport, services, publications, records, replica, scope, options, log } = parts
  const writers = new Map<PeerId, Promise<void>>()
  const writing = new Semaphore('nodes written to at once', writersMax, Number.MAX_SAFE_INTEGER)
  const waiters = new Set<() => void>()
  let isAsking = false
  const waits = { firstMs: options.writeBackoffFirstMs, maxMs: options.writeBackoffMaxMs, attemptsMax: Number.POSITIVE_INFINITY }

  function publish(published: readonly VerifiedRecord[]): void {
    for (const record of published) {
      records.remember(record)
      publications.publish(record)
    }
    wake()
  }

  /** Starts a writer for each node that lacks something and has none. */
  function wake(): void {
    if (scope.signal.aborted) return
    for (const peer of publications.peers()) {
      if (writers.has(peer)) continue
      const writer = supply(peer).finally(() => {
        writers.delete(peer)
        if (publications.peers().includes(peer)) wake()
      })
      writers.set(peer, writer)
      scope.spawn('writing to a replica', () => writer)
    }
  }

  /** Sees to it that a node lacks nothing, waiting longer after each failure. */
  async function supply(peer: PeerId): Promise<void> {
    const handOverEndsMs = clock.now() + handOverMs
    for (let failures = 0; !scope.signal.aborted; ) {
      const fresh = publications.fresh(peer)
      const settled = fresh.length > 0 ? [] : publications.settled(peer)
      if (fresh.length + settled.length === 0) return
      const done =
        fresh.length > 0 ? await write(peer, firstBatch(fresh)) : await offer(peer, settled.slice(0, refreshServicesMax), handOverEndsMs)
      failures = done ? 0 : failures + 1
      if (!done) await sleep(clock, backoffMs(waits, failures, random), scope.signal)
    }
  }

  /**
   * Asks which of the records the node has by now, and writes those that it lacks, unless hand-over is still bringing
   * them. Whether all of them are there now.
   */
  async function offer(peer: PeerId, settled: readonly VerifiedRecord[], handOverEndsMs: number): Promise<boolean> {
    const missing = await missingAt(peer, settled)
    if (missing === undefined || (missing.length > 0 && publications.isCompleting(peer) && clock.now() < handOverEndsMs)) return false
    for (let from = 0; from < missing.length; ) {
      const batch = firstBatch(missing.slice(from))
      if (!(await write(peer, batch))) return false
      from += batch.length
    }
    return true
  }

  /** Whether the node took all of the batch. */
  async function write(peer: PeerId, batch: readonly VerifiedRecord[]): Promise<boolean> {
    for (const record of batch) publications.sent(peer, record)
    try {
      const reply = await send(peer, { records: batch.map(({ bytes, signature }) => [bytes, signature]) })
      publications.answered(peer, reply.unready, reply.views)
      return settle(peer, batch, reply.failed)
    } catch (error) {
      if (!(error instanceof CloudError)) throw error
      log.debug('a replica was not written to', { peer, code: error.code, ...error.fields })
      return false
    } finally {
      for (const check of waiters) check()
    }
  }

  async function send(peer: PeerId, request: RequestOf<typeof writeProtocol>): Promise<ReplyOf<typeof writeProtocol>> {
    if (peer === transport.self) return replica.write(request, peer)
    return ask(peer, writeProtocol, request)
  }

  /** One request, among as many at once as there may be. A peer that takes no more is left in peace for as long as it says. */
  async function ask<P extends Protocol>(peer: PeerId, protocol: P, request: RequestOf<P>): Promise<ReplyOf<P>> {
    try {
      return await writing.run(() => transport.request(peer, protocol, request, { signal: scope.signal }))
    } catch (error) {
      const waitMs = isCloudError(error, 'BUSY') ? Number(error.fields.retryAfterMs) || 0 : 0
      if (waitMs > 0) await sleep(clock, Math.min(waitMs, options.writeBackoffMaxMs), scope.signal)
      throw error
    }
  }

  function settle(peer: PeerId, batch: readonly VerifiedRecord[], failed: ReplyOf<typeof writeProtocol>['failed']): boolean {
    const errors = new Map(failed.map(({ index, error }) => [index, cloudErrorFromWire(error)]))
    for (const [index, record] of batch.entries()) {
      const error = errors.get(index)
      if (error === undefined || error.code === 'RECORD_STALE') {
        publications.acknowledged(peer, record)
        continue
      }
      if (!error.retry) log.error('a replica refuses an own record', { peer, name: record.record.name, code: error.code })
      publications.refused(peer, record, error)
    }
    return failed.length === 0
  }

  /** Resolves when each service has its majority; rejects as soon as one of them cannot get it, or after some time. */
  async function acknowledged(names: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    if (waiters.size >= waitersMax) throw new CloudError('OVERLOADED', { limit: 'registrations waiting', max: waitersMax })
    const deadline = startDeadline(clock, options.acknowledgeTimeoutMs, signal)
    let waiting = names
    await new Promise<void>((resolve, reject) => {
      const check = (): void => {
        waiting = waiting.filter((name) => !publications.isAcknowledged(name))
        const refusal = waiting.map((name) => publications.hopeless(name)).find((error) => error !== undefined)
        if (waiting.length === 0) end(resolve)
        else if (refusal !== undefined) end(() => reject(refused(waiting.length, refusal)))
      }
      const give = (): void => end(() => reject(unacknowledged(waiting.length, deadline.expired)))
      function end(outcome: () => void): void {
        waiters.delete(check)
        deadline.clear()
        deadline.signal.removeEventListener('abort', give)
        outcome()
      }
      waiters.add(check)
      if (!isAsking) beginToAsk()
      deadline.signal.addEventListener('abort', give, { once: true })
      if (deadline.signal.aborted) give()
      else check()
    })
  }

  function unacknowledged(services: number, expired: boolean): CloudError {
    return expired ? new CloudError('UNACKNOWLEDGED', { services, timeoutMs: options.acknowledgeTimeoutMs }) : new CloudError('CANCELLED')
  }

  function registration(name: string): Registration {
    return { name, seq: services.get(name)?.record.seq ?? 0, ...publications.progress(name) }
  }

  /** Speaks of all services to the nodes that have them, and sends what they lack. */
  async function refresh(): Promise<void> {
    for (const peer of publications.holders()) await refreshAt(peer)
    wake()
  }

  /** A node that has tombstones alone is asked too: its answer says for which shards its copies count. */
  async function refreshAt(peer: PeerId): Promise<void> {
    const held = publications.heldBy(peer)
    let from = 0
    do {
      const missing = await missingAt(peer, held.slice(from, from + refreshServicesMax))
      if (missing === undefined) return
      for (const record of missing) publications.lacks(peer, record)
      from += refreshServicesMax
    } while (from < held.length)
  }

  /** Names records to a node, which keeps those that it has for another ttl: the ones that it lacks; undefined if it did not answer. */
  async function missingAt(peer: PeerId, named: readonly VerifiedRecord[]): Promise<readonly VerifiedRecord[] | undefined> {
    const request = { epoch: named[0]?.record.epoch ?? 1, services: named.map(({ record }) => [record.name, record.seq] as const) }
    try {
      const { missing, unready, views } =
        peer === transport.self ? replica.refresh(request, peer) : await ask(peer, refreshProtocol, request)
      const lacking = new Set(missing)
      publications.answered(peer, unready, views)
      for (const [index, record] of named.entries()) if (!lacking.has(index)) publications.acknowledged(peer, record)
      return named.filter((_, index) => lacking.has(index))
    } catch (error) {
      if (!(error instanceof CloudError)) throw error
      log.debug('a replica was not refreshed', { peer, code: error.code })
      return undefined
    } finally {
      for (const check of waiters) check()
    }
  }

  function beginToAsk(): void {
    isAsking = true
    scope.spawn('asking replicas that do not count', askUncounted)
  }

  /** Asks replicas whose copies did not count whether they do now, for as long as a registration waits for them. */
  async function askUncounted(signal: AbortSignal): Promise<void> {
    try {
      for (let waitMs = random.next() * uncountedMs; waiters.size > 0; waitMs = jittered(random, uncountedMs)) {
        await sleep(clock, waitMs, signal)
        if (waiters.size > 0) for (const peer of publications.uncounted()) await refreshAt(peer)
        for (const check of waiters) check()
      }
    } finally {
      isAsking = false
    }
  }

  return {
    start() {
      publish(services.load())
      scope.repeat('refreshing services', () => options.ttlMs * refreshShare, refresh)
    },

    restore: (description) => publish(services.put([description])),

    republish: (epoch) => publish(services.raise(epoch)),

    async register(descriptions, signal) {
      publish(services.put(descriptions))
      const names = descriptions.map(({ name }) => name)
      for (const name of names) publications.forgive(name)
      await acknowledged(names, signal)
      return names.map(registration)
    },

    async remove(name, signal) {
      const tombstone = services.remove(name)
      if (tombstone === undefined) return false
      publish([tombstone])
      scope.spawn('forgetting a tombstone', async (stopped) => {
        await sleep(clock, options.ttlMs * tombstoneTtls, stopped)
        publications.forget(tombstone)
      })
      await acknowledged([name], signal)
      return true
    },

    registration,

    replan() {
      publications.replan()
      wake()
    },

    review() {
      for (const check of waiters) check()
    }
  }
}

/** As many of the records as fit into one message; the first one always does. */
function firstBatch(records: readonly VerifiedRecord[]): readonly VerifiedRecord[] {
  const batch: VerifiedRecord[] = []
  let bytes = 0
  for (const record of records) {
    bytes += record.bytes.length + record.signature.length
    if (batch.length === writeRecordsMax || (batch.length > 0 && bytes > writeBytesMax)) break
    batch.push(record)
  }
  return batch
}

/** What the replicas said, to whoever registers: nothing was written there, but what is registered here stays. */
function refused(services: number, { code, fields, message }: CloudError): CloudError {
  const sentence = `${message}; replicas refuse ${services} of the services, which stay registered here and are offered again`
  return new CloudError(code, { ...fields, services }, { message: sentence })
}
