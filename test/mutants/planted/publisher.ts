import type { PlantedBug } from '../mutant.ts'

const publisher = 'packages/registry/src/publisher'

/** Bugs of owners: what they keep, sign, send and count. */
export const publisherBugs: readonly PlantedBug[] = [
  {
    name: 'acknowledged by one replica',
    file: `${publisher}/publication.ts`,
    find: '(peer) => counts(peer, shard)).length > replicas.length / 2',
    replace: '(peer) => counts(peer, shard)).length > 0'
  },
  {
    name: 'a majority that is none',
    file: `${publisher}/publication.ts`,
    find: '(peer) => counts(peer, shard)).length > replicas.length / 2',
    replace: '(peer) => counts(peer, shard)).length >= Math.floor(replicas.length / 2)'
  },
  {
    name: 'a replica that is not complete counts',
    file: `${publisher}/publication.ts`,
    find: 'const counts = !answer.unready.has(shardId(shard)) && this',
    replace: 'const counts = this'
  },
  {
    name: 'acknowledged before the write',
    file: `${publisher}/publisher.ts`,
    find: 'for (const record of batch) publications.sent(peer, record)',
    replace: 'for (const record of batch) publications.acknowledged(peer, record)'
  },
  {
    name: 'a write that failed is forgotten',
    file: `${publisher}/publisher.ts`,
    find: "      log.debug('a replica was not written to', { peer, code: error.code, ...error.fields })\n",
    replace:
      "      for (const record of batch) publications.refused(peer, record, new CloudError('INVALID', { field: 'record', problem: 'failed' }))\n"
  },
  {
    name: 'a write is tried again without a wait',
    file: `${publisher}/publisher.ts`,
    find: 'if (!done) await sleep(clock, backoffMs(waits, failures, random), scope.signal)',
    replace: 'if (!done) await sleep(clock, 1, scope.signal)'
  },
  {
    name: 'nothing is refreshed',
    file: `${publisher}/publisher.ts`,
    find: 'for (const peer of publications.holders()) await refreshAt(peer)',
    replace: 'for (const peer of publications.holders().slice(0, 0)) await refreshAt(peer)'
  },
  {
    name: 'refreshed under a wrong number',
    file: `${publisher}/publisher.ts`,
    find: 'services: named.map(({ record }) => [record.name, record.seq] as const)',
    replace: 'services: named.map(({ record }) => [record.name, record.seq + 1] as const)'
  },
  {
    name: 'what a replica lacks counts as there',
    file: `${publisher}/publisher.ts`,
    find: 'const lacking = new Set(missing)',
    replace: 'const lacking = new Set(missing.slice(0, 0))'
  },
  {
    name: 'what a replica lacks is not sent',
    file: `${publisher}/publisher.ts`,
    find: 'return named.filter((_, index) => lacking.has(index))',
    replace: 'return named.filter((_, index) => lacking.has(index) && index < 0)'
  },
  {
    name: 'a tombstone goes nowhere',
    file: `${publisher}/publication.ts`,
    find: 'const shards = record.record.deleted ? (known?.shards ?? []) :',
    replace: 'const shards = record.record.deleted ? [] :'
  },
  {
    name: 'old places are not told of a new version',
    file: `${publisher}/publication.ts`,
    find: '.flatMap((shard) => this.#placement.replicas(shard)), ...placed])',
    replace: '.flatMap((shard) => this.#placement.replicas(shard))])'
  },
  {
    name: 'a change of the members is not planned for',
    file: `${publisher}/publisher.ts`,
    find: '      publications.replan()\n',
    replace: ''
  },
  {
    name: 'a replica that went away still counts',
    file: `${publisher}/publication.ts`,
    find: 'for (const peer of copies) if (!isPresent(peer)) copies.delete(peer)',
    replace: ''
  },
  {
    name: 'a later epoch is not signed for',
    file: 'packages/registry/src/create-registry.ts',
    find: 'if (peer === self && member.epoch > services.epoch) publisher.republish(member.epoch)',
    replace: ''
  },
  {
    name: 'a tombstone is forgotten with the one before',
    file: `${publisher}/publication.ts`,
    find: 'if (publication?.record !== tombstone) return',
    replace: 'if (publication?.record.record.deleted !== true) return'
  },
  {
    name: 'own services are not written to the disk',
    file: `${publisher}/own-services.ts`,
    find: 'for (const [name, { bytes }] of changed) this.#put.run(name, ++seq, bytes, sha256(bytes))',
    replace: 'for (const [name, { bytes }] of changed) if (bytes.length === 0) this.#put.run(name, ++seq, bytes, sha256(bytes))'
  },
  {
    name: 'a removal is not written to the disk',
    file: `${publisher}/own-services.ts`,
    find: '    this.#delete.run(name)\n',
    replace: ''
  },
  {
    name: 'a damaged service that was removed is taken back',
    file: `${publisher}/own-services.ts`,
    find: '    this.#damaged.delete(name)\n',
    replace: ''
  },
  {
    name: 'what the disk made up is signed',
    file: `${publisher}/own-services.ts`,
    find: 'const isWhole = row.digest === null ||',
    replace: 'const isWhole = row.digest !== null ||'
  },
  {
    name: 'numbers begin anew after a restart',
    file: `${publisher}/own-services.ts`,
    find: '      this.#seq = Math.max(this.#seq, Number(row.seq))\n',
    replace: ''
  }
]
