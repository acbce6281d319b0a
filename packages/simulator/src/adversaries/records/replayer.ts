import { decode, type PeerId, pick } from '@cloudpeer/core'
import { type SignedRecord, unpackRecords } from '@cloudpeer/registry/protocols'
import type { Adversary, AdversaryGround } from '../adversary.ts'
import { createRaid, type Raider } from '../raid.ts'
import { emptyTable, wire } from '../raw-protocol.ts'
import { fieldsIn, write } from './signed-fields.ts'

/** Records, and announcements, that are kept to be sent again; the first ones stay, for they are the oldest. */
const keptMax = 1000
/** Records of one replayed write. */
const batch = 100

type Announcement = Readonly<Record<'body' | 'signature', Uint8Array>>

/**
 * Copies what honest nodes hold, and goes on writing the oldest versions of it, announcements among them; tombstones too, unless
 * told not to: these help whoever gets them.
 */
export function createReplayer(ground: AdversaryGround, { tombstones = true, intervalMs = 1_000 } = {}): Adversary {
  const records = new Map<string, SignedRecord>()
  const announcements = new Map<string, Announcement>()

  async function collect(raider: Raider, source: PeerId): Promise<void> {
    const page = await raider.send(source, wire.copy, { shard: { attribute: 'name' } })
    for (const record of unpackRecords((page as { rows: Uint8Array } | undefined)?.rows ?? new Uint8Array())) {
      if (records.size < keptMax && (tombstones || !fieldsIn(record).deleted)) keepFirst(records, versionOf(record), record)
    }
    const table = await raider.send(source, wire.sync, { ...emptyTable, after: '' })
    for (const announcement of (table as { announcements: Announcement[] } | undefined)?.announcements ?? []) {
      if (announcements.size < keptMax) keepFirst(announcements, Buffer.from(announcement.body).toString('latin1'), announcement)
      for (const address of (decode(announcement.body) as { readonly addresses: readonly string[] }).addresses) await raider.meet(address)
    }
  }

  async function replay(raider: Raider): Promise<void> {
    await collect(raider, pick(raider.random, raider.targets()))
    const oldRecords = [...records.values()].slice(0, batch)
    const oldAnnouncements = [...announcements.values()].slice(0, 32)
    for (const target of raider.targets()) {
      if (oldRecords.length > 0) await write(raider, target, oldRecords)
      await raider.send(target, wire.probe, { announcements: oldAnnouncements, rumours: [] })
      raider.count('records replayed', oldRecords.length)
      raider.count('announcements replayed', oldAnnouncements.length)
    }
  }

  return createRaid(ground, { name: 'replayer', attack: replay, intervalMs })
}

function keepFirst<T>(kept: Map<string, T>, key: string, value: T): void {
  if (!kept.has(key)) kept.set(key, value)
}

function versionOf(record: SignedRecord): string {
  const { owner, name, epoch, seq } = fieldsIn(record)
  return `${owner}/${name}/${epoch}/${seq}`
}
