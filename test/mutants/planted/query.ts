import type { PlantedBug } from '../mutant.ts'

const query = 'packages/registry/src/query'

/** Bugs of readers. */
export const queryBugs: readonly PlantedBug[] = [
  {
    name: 'a strong read of less than a majority',
    file: `${query}/strong-read.ts`,
    find: 'const needed = Math.floor(replicas / 2) + 1',
    replace: 'const needed = Math.max(1, Math.floor(replicas / 2) - 1)'
  },
  {
    name: 'a strong read is not settled',
    file: `${query}/strong-read.ts`,
    find: 'const lacking = [...lackingByPeer(found, groups)]',
    replace: 'const lacking = [...lackingByPeer(found.slice(0, 0), groups)]'
  },
  {
    name: 'what settles a read is not judged',
    file: `${query}/query-service.ts`,
    find: 'const records = settled.records.filter(accepts(reading))',
    replace: 'const records = [...settled.records]'
  },
  {
    name: 'the older of two versions settles a read',
    file: `${query}/strong-read.ts`,
    find: 'if (best !== undefined && compareVersions(record, best) > 0)',
    replace: 'if (best !== undefined && compareVersions(record, best) < 0)'
  },
  {
    name: 'services of one name hide each other',
    file: `${query}/answer-merge.ts`,
    find: 'const id = recordId(next.record.record)',
    replace: 'const id = recordId({ ...next.record.record, owner: recordId.name })'
  },
  {
    name: 'the merge ends with the first cursor',
    file: `${query}/answer-merge.ts`,
    find: '    if (head === undefined) continue\n    const place',
    replace: '    if (head === undefined && cursor === cursors[0]) return undefined\n    if (head === undefined) continue\n    const place'
  },
  {
    name: 'a page lacks its last row',
    file: `${query}/shard-cursor.ts`,
    find: 'page = reply.records.filter(accepts)',
    replace: 'page = (reply.more ? reply.records.slice(0, -1) : reply.records).filter(accepts)'
  },
  {
    name: 'the next page begins with the last row',
    file: 'packages/registry/src/expression/position.ts',
    find: '  if (first === undefined) return { name, owner }\n',
    replace: '  if (first === undefined) return { name: name.slice(0, -1), owner }\n'
  },
  {
    name: 'more is never said',
    file: `${query}/answer-merge.ts`,
    find: 'more: cursors.some((cursor) => cursor.open || cursor.head() !== undefined)',
    replace: 'more: cursors.length === 0'
  },
  {
    name: 'a shard that nobody answered for is not missed',
    file: `${query}/shard-cursor.ts`,
    find: '          missing = true\n',
    replace: ''
  },
  {
    name: 'the next replica is not asked',
    file: `${query}/shard-reader.ts`,
    find: '    for (const peer of peers) {\n',
    replace: '    for (const peer of peers.slice(0, 1)) {\n'
  },
  {
    name: 'any shard serves any term',
    file: `${query}/planner.ts`,
    find: 'shard.attribute === nameAttribute || required.has(shard.attribute)',
    replace: 'shard.attribute === nameAttribute || required.size > 0'
  },
  {
    name: 'terms for one shard hide each other',
    file: `${query}/planner.ts`,
    find: ".join(' || ')",
    replace: ".join(' && ')"
  },
  {
    name: 'the index forgets other values',
    file: 'packages/registry/src/replica/row-index.ts',
    find: 'for (const value of attributes[attribute] as readonly AttributeValue[]) visit(attribute, value)',
    replace: 'for (const value of (attributes[attribute] as readonly AttributeValue[]).slice(0, 1)) visit(attribute, value)'
  },
  {
    name: 'no shard stands in for another',
    file: `${query}/query-service.ts`,
    find: 'while (last.found.missing.length > 0)',
    replace: 'while (last.found.missing.length > 1_000)'
  },
  {
    name: 'what stands in is believed to be whole',
    file: `${query}/query-service.ts`,
    find: 'if (plan === undefined) return first',
    replace: 'if (plan === undefined) return { reading, found: { ...last.found, missing: [] } }'
  }
]
