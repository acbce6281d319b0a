import type { PlantedBug } from '../mutant.ts'

const replica = 'packages/registry/src/replica'

/** Bugs of replicas: what they take, keep, serve, and count themselves complete for. */
export const replicaBugs: readonly PlantedBug[] = [
  {
    name: 'an older version replaces a newer one',
    file: `${replica}/record-store.ts`,
    find: "  if (order > 0) return 'stored'\n",
    replace: "  if (order !== 0) return 'stored'\n"
  },
  {
    name: 'versions are ordered by number alone',
    file: 'packages/registry/src/record/record.ts',
    find: 'return a.record.epoch - b.record.epoch || a.record.seq - b.record.seq ||',
    replace: 'return a.record.seq - b.record.seq ||'
  },
  {
    name: 'a signature is not checked',
    file: 'packages/registry/src/record/record.ts',
    find: 'if (!verifier.verify(owner, recordDomain(network), signed.bytes, signed.signature)) throw',
    replace: 'if (verifier === undefined) throw'
  },
  {
    name: 'a row is taken for the one that its key names',
    file: `${replica}/record-store.ts`,
    find: '        requireKey(record, row)\n',
    replace: ''
  },
  {
    name: 'a replica counts after its store has failed',
    file: 'packages/registry/src/create-registry.ts',
    find: '      held.fail()\n',
    replace: ''
  },
  {
    name: 'acknowledged before it is on the disk',
    file: `${replica}/record-store.ts`,
    find: 'for (const { record } of arrivals) this.#put.run(',
    replace: 'for (const { record } of arrivals.slice(0, 0)) this.#put.run('
  },
  {
    name: 'a tombstone is forgotten',
    file: `${replica}/record-store.ts`,
    find: 'return record.deleted ? record.ttlMs * tombstoneTtls : record.ttlMs',
    replace: 'return record.deleted ? 1 : record.ttlMs'
  },
  {
    name: 'a withdrawn service is served',
    file: `${replica}/row.ts`,
    find: 'return !record.deleted && record.epoch',
    replace: 'return record.epoch'
  },
  {
    name: 'services of an owner that is away are served',
    file: 'packages/registry/src/create-registry.ts',
    find: "return member?.state === 'ALIVE' || member?.state === 'SUSPECT' ? member.epoch : Number.POSITIVE_INFINITY",
    replace: 'return member?.epoch ?? Number.POSITIVE_INFINITY'
  },
  {
    name: 'services of an earlier epoch are served',
    file: `${replica}/row.ts`,
    find: 'record.epoch >= owner.servedFrom',
    replace: 'owner.servedFrom < Number.POSITIVE_INFINITY'
  },
  {
    name: 'a change of the members does not reach the rows',
    file: `${replica}/record-store.ts`,
    find: 'if (peer === undefined || owner.peer === peer) owner.servedFrom',
    replace: 'if (peer === undefined) owner.servedFrom'
  },
  {
    name: 'expired copies are served',
    file: `${replica}/row.ts`,
    find: ' && deadlineMs > now',
    replace: ' && deadlineMs > now - 600_000'
  },
  {
    name: 'copies never expire',
    file: `${replica}/record-store.ts`,
    find: 'filter(({ deadlineMs }) => deadlineMs <= now)',
    replace: 'filter(({ deadlineMs }) => deadlineMs <= now - 600_000)'
  },
  {
    name: 'an expired copy comes back',
    file: `${replica}/record-store.ts`,
    find: "  return outcome === 'stored' ? undefined : new CloudError('RECORD_EXPIRED',",
    replace: "  return outcome !== undefined ? undefined : new CloudError('RECORD_EXPIRED',"
  },
  {
    name: 'a copy of a copy begins its time anew',
    file: `${replica}/record-store.ts`,
    find: 'now + Math.min(leftMs, this.#keptMs(record))',
    replace: 'now + Math.max(Math.min(leftMs, 0), this.#keptMs(record))'
  },
  {
    name: 'a refresh of another version is taken',
    file: `${replica}/record-store.ts`,
    find: 'row === undefined || row.record.epoch !== epoch || row.record.seq !== seq',
    replace: 'row === undefined || row.record.epoch !== epoch || seq < 0'
  },
  {
    name: 'a replica answers before it is complete',
    file: `${replica}/replica.ts`,
    find: "if (!held.isReady(shard)) throw new CloudError('NOT_READY'",
    replace: "if (held.size === 0) throw new CloudError('NOT_READY'"
  },
  {
    name: 'hand-over is skipped',
    file: `${replica}/hand-over.ts`,
    find: 'for (const shard of held.update(placement.shards(), placement.replicas)) begin(shard)',
    replace: 'for (const shard of held.update(placement.shards(), placement.replicas)) shard.ready = begin !== undefined'
  },
  {
    name: 'complete although nobody answered',
    file: `${replica}/hand-over.ts`,
    find: 'all: copied === sources.length',
    replace: 'all: copied <= sources.length'
  },
  {
    name: 'a shard is complete with those that have nothing yet',
    file: `${replica}/hand-over.ts`,
    find: 'all && (shard.attribute === nameAttribute || sources.length === 0)',
    replace: 'all'
  },
  {
    name: 'completed from one replica',
    file: `${replica}/hand-over.ts`,
    find: 'const needed = Math.ceil(replicas.length / 2)',
    replace: 'const needed = 1'
  },
  {
    name: 'completed from replicas that are not complete',
    file: `${replica}/hand-over.ts`,
    find: 'if (ready && agrees) completeSources++',
    replace: 'if (agrees) completeSources++'
  },
  {
    name: 'a view is the same under every schema',
    file: 'packages/registry/src/placement.ts',
    find: 'name = schemaName(now)',
    replace: "name = ''"
  },
  {
    name: 'a shard that a schema adds is compared with the names once',
    file: `${replica}/hand-over.ts`,
    find: ' && (await copy(shard, sources, signal, names)).isEnough',
    replace: ''
  },
  {
    name: 'a shard that a schema adds is completed from one replica of the names',
    file: `${replica}/hand-over.ts`,
    find: 'const replicas = placement.replicas(asked)',
    replace: 'const replicas = placement.replicas(asked).slice(0, by ? 1 : undefined)'
  },
  {
    name: 'nothing is learned of what replicas of the names do not hold',
    file: 'packages/registry/src/reconcile/reconciler.ts',
    find: '{ taken: 0, learned: await learn(peer, rows, signal) }',
    replace: '{ taken: 0, learned: 0 }'
  },
  {
    name: 'shards that went away stay complete',
    file: `${replica}/held-shards.ts`,
    find: 'for (const id of this.#held.keys()) if (!mine.has(id)) this.#held.delete(id)',
    replace: ''
  },
  {
    name: 'anti-entropy is off',
    file: `${replica}/anti-entropy.ts`,
    find: 'if (!held.isReady(shard) || others.length === 0) continue',
    replace: 'if (!held.isReady(shard) || others.length < 1000) continue'
  },
  {
    name: 'what is left of a copy is dropped at once',
    file: `${replica}/sweeper.ts`,
    find: 'if (record.deleted || supersedesUntilMs > clock.now()) return true',
    replace: 'if (record.deleted) return false'
  }
]
