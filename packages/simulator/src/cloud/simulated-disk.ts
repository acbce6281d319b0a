import { assert, CloudError, type Random, type Store, type StoreFactory, type StoreOptions, sample } from '@cloudpeer/core'
import { createMemoryStores, type MemoryStore } from '@cloudpeer/core/store'
import type { Lift } from '@cloudpeer/transport/sim'
import { flipBit, flippableCells } from './bit-flip.ts'
import { createDiskHandle, type DiskEffect } from './disk-handle.ts'
import { misplaceRows, revertRows } from './wrong-rows.ts'

export type { DiskEffect }

/** All that was on a disk at one moment: by the name of each store, the bytes of its file. */
export type DiskImage = ReadonlyMap<string, Uint8Array>

/**
 * The disk of one machine: SQLite in memory, which outlives the processes that open it as files do. What was committed is
 * there after a crash. Faults last until their lift is called.
 */
export interface SimulatedDisk extends StoreFactory {
  /** Ends what the process that used the disk has open: STORE_FAILED for code of it that still runs. */
  crash(): void
  snapshot(): DiskImage
  /** Puts everything back to what `image` holds, as with a virtual machine restored to an old image; crashes first. */
  restore(image: DiskImage): void
  /**
   * Takes the power away: crashes, and each store that is not synced at each commit goes back to what `older` holds of it if `isLost`
   * says so, as the commits that the system had not written out yet are lost.
   */
  losePower(older: DiskImage, isLost: (name: string) => boolean): void
  /** Loses everything, or one store; crashes first. */
  erase(name?: string): void
  /** Lets nothing more on the disk: what needs a page more fails with STORE_FULL, what fits into free ones does not. */
  fill(): Lift
  /**
   * Fails the next `commits` commits with STORE_FAILED, as an fsync that fails does, of each store one until it is opened anew; `kept`
   * says of each whether its changes are there nevertheless.
   */
  failCommits(commits: number, kept: () => boolean): Lift
  /** Lets each commit take time, which `wait` takes from the process. */
  slow(wait: () => void): Lift
  /** Flips one bit in each of up to `cells` values of BLOB columns, of one store or of all; their number. */
  corrupt(random: Random, cells: number, name?: string): number
  /** Puts what is in one row into another of its table, `rows` times at most, as writes do that go astray; how often. */
  misplace(random: Random, rows: number): number
  /** Makes up to `rows` rows what they are in an image, as if they had not been written since; their number. Of a store never all that were. */
  revert(random: Random, older: DiskImage, rows: number): number
  /** What is on the disk under a name, for those who watch: not to be written to. */
  contentOf(name: string): DiskContent | undefined
  /** Stores that the process which uses the disk has not closed. */
  readonly openStores: number
  /** Those of them of which a commit has failed: the process writes no more to them, and goes on without. */
  readonly failedStores: readonly string[]
  /** How often each fault took effect so far. */
  readonly effects: ReadonlyMap<DiskEffect, number>
}

/** What is on a disk under one name. */
export interface DiskContent {
  readonly store: Pick<Store, 'prepare'>
  /** Whether its commits survive a loss of power. */
  readonly synced: boolean
}

/** Commits that are still to fail. */
interface CommitFailures {
  left: number
  readonly kept: () => boolean
}

/** A store that a process has open. */
interface OpenStore {
  readonly name: string
  failed: boolean
}

interface Content extends DiskContent {
  readonly store: MemoryStore
  /** How many migrations it has had; 0 where that is not known. */
  readonly version: number
}

/** SQLite's own limit of pages. */
const pagesMax = 4_294_967_294

/** An empty disk. */
export function createSimulatedDisk(): SimulatedDisk {
  return new Disk()
}

class Disk implements SimulatedDisk {
  readonly #memory = createMemoryStores()
  readonly #contents = new Map<string, Content>()
  readonly #effects = new Map<DiskEffect, number>()
  readonly #failures = new Set<CommitFailures>()
  readonly #fills = new Set<Lift>()
  readonly #waits = new Set<() => void>()
  #crashes = 0
  readonly #open = new Set<OpenStore>()

  get openStores(): number {
    return this.#open.size
  }

  get failedStores(): readonly string[] {
    return [...this.#open].filter(({ failed }) => failed).map(({ name }) => name)
  }

  get effects(): ReadonlyMap<DiskEffect, number> {
    return this.#effects
  }

  open(name: string, migrations: readonly string[], { sync }: StoreOptions = {}): Store {
    const process = this.#crashes
    const { store } = this.#prepare(name, migrations, sync === 'power')
    const alive = (): boolean => process === this.#crashes
    const opened: OpenStore = { name, failed: false }
    this.#open.add(opened)
    return createDiskHandle(name, store, {
      alive,
      wait: () => this.#wait(),
      failingCommit: () => this.#failingCommit(),
      count: (effect) => this.#count(effect),
      failed: () => {
        opened.failed = true
        this.#count('failed commit')
      },
      closed: () => void this.#open.delete(opened)
    })
  }

  contentOf(name: string): DiskContent | undefined {
    return this.#contents.get(name)
  }

  crash(): void {
    this.#crashes++
    this.#open.clear()
  }

  snapshot(): DiskImage {
    return new Map([...this.#contents].map(([name, { store }]) => [name, store.image()]))
  }

  restore(image: DiskImage): void {
    this.#clear()
    this.#count('restored')
    for (const [name, bytes] of image) this.#putBack(name, bytes)
  }

  losePower(older: DiskImage, isLost: (name: string) => boolean): void {
    this.crash()
    for (const [name, { store, synced }] of [...this.#contents]) {
      if (synced || !isLost(name)) continue
      store.close()
      this.#contents.delete(name)
      this.#count('lost commits')
      const bytes = older.get(name)
      if (bytes !== undefined) this.#putBack(name, bytes)
    }
  }

  erase(name?: string): void {
    if (name === undefined) this.#clear()
    else this.#lose(name)
    this.#count('erased')
  }

  fill(): Lift {
    const lift = (): void => {
      this.#fills.delete(lift)
      for (const { store } of this.#contents.values()) this.#limit(store)
    }
    this.#fills.add(lift)
    for (const { store } of this.#contents.values()) this.#limit(store)
    return lift
  }

  failCommits(commits: number, kept: () => boolean): Lift {
    assert(commits > 0, `${commits} commits`)
    const failures = { left: commits, kept }
    this.#failures.add(failures)
    return () => void this.#failures.delete(failures)
  }

  slow(wait: () => void): Lift {
    this.#waits.add(wait)
    return () => void this.#waits.delete(wait)
  }

  corrupt(random: Random, cells: number, name?: string): number {
    const stores = [...this.#contents].filter(([other]) => name === undefined || other === name)
    const struck = sample(
      random,
      stores.flatMap(([, { store }]) => flippableCells(store)),
      cells
    )
    for (const cell of struck) {
      flipBit(random, cell)
      this.#count('flipped bit')
    }
    return struck.length
  }

  misplace(random: Random, rows: number): number {
    const stores = [...this.#contents.values()].map(({ store }) => store)
    const struck = misplaceRows(random, stores, rows)
    this.#count('misplaced row', struck)
    return struck
  }

  revert(random: Random, older: DiskImage, rows: number): number {
    const pairs = [...this.#contents].flatMap(([name, { store }]) => {
      const image = older.get(name)
      return image === undefined ? [] : [[store, this.#memory.open(name, [], { image })] as const]
    })
    const struck = revertRows(random, pairs, rows)
    for (const [, store] of pairs) store.close()
    this.#count('stale row', struck)
    return struck
  }

  #prepare(name: string, migrations: readonly string[], synced: boolean): Content {
    const known = this.#contents.get(name)
    if (known?.version === migrations.length && known.synced === synced) return known
    if (known === undefined && this.#fills.size > 0) {
      this.#count('full')
      throw new CloudError('STORE_FULL', { store: name })
    }
    const image = known === undefined ? {} : { image: known.store.image() }
    const content = { store: this.#memory.open(name, migrations, image), version: migrations.length, synced }
    known?.store.close()
    this.#put(name, content)
    return content
  }

  /** Of no version yet: who opens the store next brings the migrations that its image lacks. */
  #putBack(name: string, bytes: Uint8Array): void {
    this.#put(name, { store: this.#memory.open(name, [], { image: bytes }), version: 0, synced: false })
  }

  #put(name: string, content: Content): void {
    this.#contents.set(name, content)
    this.#limit(content.store)
  }

  #limit(store: Store): void {
    const limit = this.#fills.size > 0 ? Number(store.prepare('PRAGMA page_count').get()?.page_count) : pagesMax
    store.prepare(`PRAGMA max_page_count = ${limit}`).get()
  }

  #wait(): void {
    for (const wait of this.#waits) {
      wait()
      this.#count('slow commit')
    }
  }

  #failingCommit(): { readonly kept: boolean } | undefined {
    const [failures] = this.#failures
    if (failures === undefined) return undefined
    if (--failures.left === 0) this.#failures.delete(failures)
    return { kept: failures.kept() }
  }

  #clear(): void {
    this.crash()
    for (const { store } of this.#contents.values()) store.close()
    this.#contents.clear()
  }

  #lose(name: string): void {
    this.crash()
    this.#contents.get(name)?.store.close()
    this.#contents.delete(name)
  }

  #count(effect: DiskEffect, times = 1): void {
    this.#effects.set(effect, (this.#effects.get(effect) ?? 0) + times)
  }
}
