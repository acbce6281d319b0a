import type { PeerId } from '@cloudpeer/core'
import { copyProtocol, newestProtocol, readProtocol, refreshProtocol, unpackRecords, writeProtocol } from '@cloudpeer/registry/protocols'
import type { Checker, Watched } from './checker.ts'
import { copiesOnDisk } from './disk-copies.ts'
import { publishedVersions } from './published-versions.ts'
import { type RecordFields, recordFields } from './record-fields.ts'
import { isOlder } from './version.ts'

/** What a reply's rounding and a moment's delay make, in ms. */
const slackMs = 100
/** Longest that a node which starts takes to load its copies, in ms. */
const loadMs = 5_000
/** How long a tombstone outlives its ttl. */
const tombstoneTtls = 2

/** What is known of a copy at one node. */
interface Life {
  readonly fields: RecordFields
  /** When the last was heard by which it may be kept. */
  readonly atMs: number
  /** Until when it may be kept at most. */
  readonly endsMs: number
}

/**
 * I11: a copy lives until its owner has not spoken of it for the time that it asked for, wherever it came from: later no replica serves it,
 * or says that there is time left.
 */
export const copiesDoNotOutliveTheirTime: Checker = {
  name: 'anytime_copies_do_not_outlive_their_time',
  watch(watched) {
    const { cloud, exchanges } = watched
    const lives = livesOfCopies(watched)
    const problems: string[] = []

    function judge(peer: PeerId, fields: RecordFields, leftMs: number, what: string): void {
      const life = lives.of(peer, fields)
      if (life === undefined || fields.owner === peer || watched.strangers.has(fields.owner) || watched.disturbedAt(peer) >= life.atMs)
        return
      const overMs = cloud.time.now + leftMs - life.endsMs
      if (overMs > slackMs) problems.push(`${peer} ${what} ${fields.name} of ${fields.owner} ${Math.round(overMs)} ms beyond its time`)
    }

    exchanges.on(readProtocol, ({ to, reply }) => {
      for (const { bytes } of unpackRecords(reply.rows)) judge(to, recordFields(bytes), 0, 'serves')
    })
    exchanges.on(copyProtocol, ({ to, reply }) => {
      unpackRecords(reply.rows).forEach(({ bytes }, index) => {
        const leftMs = reply.leftMs[index] ?? 0
        if (leftMs > 0) judge(to, recordFields(bytes), leftMs, 'would keep')
      })
    })
    return () => problems.splice(0)
  }
}

/** I6: a tombstone is there until every copy of what it deletes has ended by itself. */
export const tombstonesLast: Checker = {
  name: 'anytime_tombstones_last',
  watch(watched) {
    const { cloud, exchanges, random } = watched
    const taken = new Map<PeerId, Map<string, { readonly fields: RecordFields; readonly atMs: number }>>()
    const startedMs = new Map<PeerId, number>()
    const published = publishedVersions(watched)
    cloud.onNode(({ peer }) => startedMs.set(peer, cloud.time.now))
    exchanges.on(writeProtocol, ({ from, to, request, reply }) => {
      const refused = new Set(reply.failed.map(({ index }) => index))
      request.records.forEach(([bytes], index) => {
        const fields = recordFields(bytes)
        if (!fields.deleted || fields.owner !== from || request.leftMs !== undefined || refused.has(index)) return
        const known = taken.get(to) ?? new Map()
        taken.set(to, known.set(`${fields.owner}/${fields.name}`, { fields, atMs: cloud.time.now }))
      })
    })

    return () => {
      const node = cloud.nodes[random.integer(Math.max(1, cloud.nodes.length))]
      const now = cloud.time.now
      return [...((node && taken.get(node.peer)) ?? [])].flatMap(([id, { fields, atMs }]) => {
        const { owner, name, epoch, ttlMs } = fields
        if (node === undefined || watched.disturbedAt(node.peer) >= atMs || atMs + ttlMs * tombstoneTtls <= now) return []
        const newest = published.get(id)
        if (newest !== undefined && isOlder(fields, newest)) return []
        // Nobody serves what an owner signed before it started anew.
        if ((startedMs.get(owner) ?? 0) > atMs || (node.overlay.member(owner)?.epoch ?? 0) > epoch) return []
        const copy = copiesOnDisk(node.machine, owner).get(name)
        return copy === undefined || isOlder(copy, fields) ? [`${node.peer} has forgotten that ${id} was withdrawn`] : []
      })
    }
  }
}

/** Listens to everything by which a node may keep a copy longer. */
function livesOfCopies({ cloud, exchanges }: Watched): { of(peer: PeerId, fields: RecordFields): Life | undefined } {
  const lives = new Map<PeerId, Map<string, Life>>()
  /** When each node started last, for those that did so more than once. */
  const restartedMs = new Map<PeerId, number>()
  const seen = new Set<PeerId>()
  const wholeMs = ({ ttlMs, deleted }: RecordFields): number => ttlMs * (deleted ? tombstoneTtls : 1)

  /** An owner's own word always gives the whole time. */
  function extend(peer: PeerId, by: PeerId, fields: RecordFields, toldMs = Number.POSITIVE_INFINITY): void {
    const leftMs = by === fields.owner ? Number.POSITIVE_INFINITY : toldMs
    const copies = lives.get(peer) ?? new Map<string, Life>()
    lives.set(peer, copies)
    const id = `${fields.owner}/${fields.name}`
    const known = copies.get(id)
    if (known !== undefined && isOlder(fields, known.fields)) return
    const isSame = known !== undefined && !isOlder(known.fields, fields)
    const atMs = cloud.time.now
    const endsMs = atMs + Math.min(leftMs, wholeMs(fields))
    if (!isSame || endsMs > known.endsMs) copies.set(id, { fields, atMs, endsMs })
  }

  cloud.onNode(({ peer }) => {
    if (seen.has(peer)) restartedMs.set(peer, cloud.time.now)
    seen.add(peer)
  })
  exchanges.on(writeProtocol, ({ from, to, request, reply }) => {
    const refused = new Set(reply.failed.map(({ index }) => index))
    request.records.forEach(([bytes], index) => {
      if (!refused.has(index)) extend(to, from, recordFields(bytes), request.leftMs?.[index])
    })
  })
  exchanges.on(refreshProtocol, ({ from, to, request, reply }) => {
    const missing = new Set(reply.missing)
    request.services.forEach(([name], index) => {
      const life = lives.get(to)?.get(`${from}/${name}`)
      if (life !== undefined && !missing.has(index)) extend(to, from, life.fields)
    })
  })
  exchanges.onReplied(copyProtocol, ({ from, to, reply }) => {
    unpackRecords(reply.rows).forEach(({ bytes }, index) => {
      extend(from, to, recordFields(bytes), reply.leftMs[index])
    })
  })
  exchanges.onReplied(newestProtocol, ({ from, to, reply }) => {
    unpackRecords(reply.rows).forEach(({ bytes }, index) => {
      extend(from, to, recordFields(bytes), reply.leftMs?.[index])
    })
  })

  return {
    /** A node that starts again gives the copies on its disk their whole time anew; this one may have been there. */
    of(peer, fields) {
      const life = lives.get(peer)?.get(`${fields.owner}/${fields.name}`)
      if (life === undefined || isOlder(life.fields, fields) || isOlder(fields, life.fields)) return undefined
      const atMs = restartedMs.get(peer)
      if (atMs === undefined) return life
      return { fields, atMs: Math.max(atMs, life.atMs), endsMs: Math.max(life.endsMs, atMs + loadMs + wholeMs(fields)) }
    }
  }
}
