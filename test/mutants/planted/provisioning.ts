import type { PlantedBug } from '../mutant.ts'

const provisioning = 'packages/provisioning/src'
const book = `${provisioning}/ledger/ledger-book.ts`
const ledger = `${provisioning}/ledger/ledger.ts`
const requester = `${provisioning}/requester`

/** Bugs of owners, matchers and requesters of capacity. */
export const provisioningBugs: readonly PlantedBug[] = [
  {
    name: 'requests are not synced',
    file: `${requester}/request-tables.ts`,
    find: "stores.open('requests', migrations, { sync: 'power' })",
    replace: "stores.open('requests', migrations)"
  },
  {
    name: 'a key is known once its request is on disk',
    file: `${requester}/request-keeper.ts`,
    find: 'if (idempotencyKey !== undefined) this.#keyed.set(idempotencyKey, request)',
    replace: 'if (idempotencyKey !== undefined) void this.#parts.store.committed().then(() => this.#keyed.set(idempotencyKey, request))'
  },
  {
    name: 'the ledger is not synced',
    file: ledger,
    find: "stores.open('ledger', ledgerMigrations, { sync: 'power' })",
    replace: "stores.open('ledger', ledgerMigrations)"
  },
  {
    name: 'an owner answers before the commit',
    file: ledger,
    find: 'const result = this.#change(work)\n    await this.#journal.committed()',
    replace: 'const result = this.#change(work)'
  },
  {
    name: 'leases end by the wall clock',
    file: ledger,
    find: '    this.#clock = clock\n',
    replace: '    this.#clock = { ...clock, now: () => clock.wallTime() }\n'
  },
  {
    name: 'an owner without its ledger grants at once',
    file: `${provisioning}/ledger/restore.ts`,
    find: "return isNew ? undefined : 'there is none, though the owner is not new'",
    replace: 'return isNew ? undefined : undefined'
  },
  {
    name: 'leases that were restored end at once',
    file: `${provisioning}/ledger/restore.ts`,
    find: 'endsAt: now + ttlMs, since: now,',
    replace: 'endsAt: now + ttlMs / 1000, since: now,'
  },
  {
    name: 'what was held before a restart was not confirmed',
    file: `${provisioning}/ledger/restore.ts`,
    find: 'endsAt: now + ttlMs, since: now,',
    replace: "endsAt: now + (row.state === 'held' ? 1_000 : ttlMs), since: now,"
  },
  {
    name: 'the last fence is not written down',
    file: book,
    find: '    this.#headerChanged = true\n',
    replace: "    this.#headerChanged ||= !('seq' in change)\n"
  },
  {
    name: 'what has ended stays on the disk',
    file: book,
    find: '    this.#rows.set(entry.fence.seq, undefined)\n',
    replace: ''
  },
  {
    name: 'what a lease had is free while its work stops, and once more afterwards',
    file: book,
    find: "      this.#leaveUnit(entry)\n      this.#change({ ...entry, state: 'ending' })",
    replace:
      "      this.#leaveUnit(entry)\n      this.#free = plus(this.#free, entry.allocation, this.total)\n      this.#change({ ...entry, state: 'ending' })"
  },
  {
    name: 'a gang takes an active lease',
    file: book,
    find: "      entry.state === 'held' &&\n",
    replace: ''
  },
  {
    name: 'a renewal is told and not kept',
    file: book,
    find: 'return this.#index({ ...entry, endsAt: now + entry.ttlMs })',
    replace: 'return { ...entry, endsAt: now + entry.ttlMs }'
  },
  {
    name: 'an owner in quarantine grants',
    file: `${provisioning}/owner/owner-state.ts`,
    find: "if (header.quarantined) return 'quarantined'",
    replace: ''
  },
  {
    name: 'active leases never end by themselves',
    file: book,
    find: "filter(({ state, endsAt }) => state !== 'ending' && endsAt <= now)",
    replace: "filter(({ state, endsAt }) => state === 'held' && endsAt <= now)"
  },
  {
    name: 'anybody gives a lease back',
    file: book,
    find: "    if (entry === undefined) return undefined\n    checkRequester(entry, requester)\n    return entry.state === 'ending'",
    replace: "    if (entry === undefined) return undefined\n    return entry.state === 'ending'"
  },
  {
    name: 'anybody confirms and renews a lease',
    file: book,
    find: "    checkRequester(entry, requester)\n    if (entry.state === 'ending' ||",
    replace: "    if (entry.state === 'ending' ||"
  },
  {
    name: 'the work of a lease that has ended goes on',
    file: `${provisioning}/owner/workload-runner.ts`,
    find: 'if (workloads === undefined || !mayRun) free(entry.fence)',
    replace: 'if (workloads === undefined || mayRun) free(entry.fence)'
  },
  {
    name: 'a gang is confirmed in part',
    file: `${requester}/unit-book.ts`,
    find: "const decided = !this.#init.gang || this.#units.every(({ state }) => state !== 'wanted')",
    replace: 'const decided = !this.#init.gang || this.#units.length > 0'
  },
  {
    name: 'a lease that its owner calls back is over at once',
    file: book,
    find: "return this.#change({ ...entry, state: 'active', recalledAt: wallTime })",
    replace: 'return this.#change({ ...entry, recalledAt: wallTime, endsAt: now })'
  },
  {
    name: 'requests do not wait in the last cells of a dimension',
    file: `${provisioning}/cells/covering.ts`,
    find: 'return parts.filter((part) => {',
    replace: 'return parts.slice(0, -1).filter((part) => {'
  },
  {
    name: 'requests in a cell that is split wait in its lower part alone',
    file: `${provisioning}/cells/covering.ts`,
    find: '.filter(({ box }) => regionTouches(region, box))',
    replace: '.filter(({ box }) => regionTouches(region, box)).slice(0, 1)'
  },
  {
    name: 'the matchers of a part hear of no offers',
    file: `${provisioning}/matcher/matcher.ts`,
    find: 'return parsed === undefined ? [] : [gridOf(cell),',
    replace: 'return parsed === undefined || parsed.steps.length > 0 ? [] : [gridOf(cell),'
  },
  {
    name: 'an owner hears itself as a matcher of its own cell alone',
    file: `${provisioning}/owner/offer-publisher.ts`,
    find: 'new Set([transport.self, ...(recipients === 0 ? matchers : [])])]',
    replace: 'new Set(matchers.filter((matcher) => recipients === 0 || matcher === transport.self))]'
  },
  {
    name: 'an offer that has not changed is told once',
    file: `${provisioning}/owner/offer-publisher.ts`,
    find: '    publishIn(jittered(random, ttlMs / 3), Math.min(2 * ttlMs, restingTtlMs(options)), false)\n',
    replace: '    next = undefined\n'
  },
  {
    name: 'a message that a later one has overtaken is taken',
    file: `${provisioning}/matcher/last-messages.ts`,
    find: '(last.epoch - epoch || last.seq - seq) > 0',
    replace: 'false'
  },
  {
    name: 'a merge is no later than what it merges',
    file: `${provisioning}/cells/reshape.ts`,
    find: 'version: tree.version + 1,',
    replace: 'version: tree.version + Math.sign(added.length),'
  },
  {
    name: 'what an owner says is free when it refuses is not heard',
    file: `${provisioning}/matching/owner-pool.ts`,
    find: '    if (compareWords(word, entry.word) >= 0) entry.word = word\n    this.#review(entry, before)\n  }\n\n  /** Counts',
    replace: '    this.#review(entry, before)\n  }\n\n  /** Counts'
  },
  {
    name: 'nobody stands in for a matcher that is gone',
    file: `${provisioning}/matcher/duties.ts`,
    find: "matchers(cell).find((peer) => overlay.member(peer)?.state === 'ALIVE')",
    replace: 'matchers(cell)[0]'
  }
]
