import { type Clock, CloudError, type Log, present } from '@cloudpeer/core'
import type { Documents } from '../documents/documents.ts'
import { GroupCommit } from './group-commit.ts'
import type { OwnRequest, RequestChanges } from './own-request.ts'
import { type RowChanges, requestRow, resumedRequest, unitRow } from './request-rows.ts'
import type { RequestTables, WrittenRequests } from './request-tables.ts'

/** What a request store works with. */
export interface RequestStoreParts {
  /** The clock whose times are written. */
  readonly clock: Clock
  readonly tables: RequestTables
  readonly documents: Documents
  /** How long changes are collected before one commit, in ms. */
  readonly delayMs: number
  readonly log: Log
}

/** What of a request is not on disk yet. */
interface Dirty {
  readonly request: OwnRequest
  itself: boolean
  readonly units: Set<number>
}

/**
 * The requests of this node on its disk. Only rows that have changed are written, those of one delay together. What could not be written
 * stays to be written, with the next change at the latest when somebody asks for it.
 */
export class RequestStore {
  readonly #parts: RequestStoreParts
  readonly #commit: GroupCommit
  readonly #dirty = new Map<string, Dirty>()
  readonly #forgotten = new Set<string>()
  #failing = false

  constructor(parts: RequestStoreParts) {
    const { clock, delayMs } = parts
    this.#parts = parts
    this.#commit = new GroupCommit({ clock, delayMs, write: () => this.#write() })
  }

  /** The requests that an earlier run has left, oldest first. Those of which a row is not what was written are left out, and forgotten. */
  resume({ requests, damaged }: WrittenRequests): readonly OwnRequest[] {
    const { clock, documents, log } = this.#parts
    for (const id of damaged) {
      log.error('a request on disk is damaged and is forgotten', { request: id })
      this.forget(id)
    }
    return requests.map((written) => resumedRequest(written, documents, clock.now())).sort((a, b) => a.createdAt - b.createdAt)
  }

  /** Sees to it that a new request is written soon. */
  add(request: OwnRequest): void {
    this.#note(request, { itself: true, units: [] })
  }

  /** Sees to it that what has changed of a request is written soon. */
  note(request: OwnRequest): void {
    const changes = request.drainChanges()
    if (changes.itself || changes.units.length > 0) this.#note(request, changes)
  }

  /** Sees to it that nothing is on disk of a request soon. */
  forget(id: string): void {
    this.#dirty.delete(id)
    this.#forgotten.add(id)
    void this.#commit.soon()
  }

  /** Sees to it that what the clock shows is written soon. */
  checkpoint(): void {
    void this.#commit.soon()
  }

  /** Resolves when everything is on disk, and survives a loss of power. STORE_FULL, STORE_FAILED. */
  async committed(): Promise<void> {
    if (this.#dirty.size + this.#forgotten.size > 0) await this.#commit.soon()
  }

  /** Writes what is still to be written. */
  close(): void {
    void this.#commit.soon()
    this.#commit.flush()
    this.#parts.tables.close()
  }

  #note(request: OwnRequest, { itself, units }: RequestChanges): void {
    const dirty = this.#dirty.get(request.id) ?? { request, itself: false, units: new Set() }
    dirty.itself ||= itself
    for (const unit of units) dirty.units.add(unit)
    this.#dirty.set(request.id, dirty)
    void this.#commit.soon()
  }

  #write(): void {
    const { clock, tables, log } = this.#parts
    try {
      tables.write(this.#changes(clock.now()))
      this.#dirty.clear()
      this.#forgotten.clear()
      this.#failing = false
    } catch (error) {
      if (!(error instanceof CloudError)) throw error
      if (!this.#failing) log.warn('requests cannot be written: a restart would find them as they were', { code: error.code })
      this.#failing = true
      throw error
    }
  }

  #changes(nowMs: number): RowChanges {
    const dirty = [...this.#dirty.values()]
    const forgotten = [...this.#forgotten].map((id) => [id, undefined] as const)
    const written = dirty.filter(({ itself }) => itself).map(({ request }) => [request.id, requestRow(request, nowMs)] as const)
    const units = dirty.flatMap(({ request, units }) =>
      [...units].map((place) => [request.id, place, unitRow(present(request.book.units[place], 'a unit'))] as const)
    )
    return { requests: new Map([...forgotten, ...written]), units, nowMs }
  }
}
