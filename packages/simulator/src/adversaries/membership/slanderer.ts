import { decode } from '@cloudpeer/core'
import type { Adversary, AdversaryGround } from '../adversary.ts'
import { createRaid, type Raider } from '../raid.ts'
import { emptyTable, wire } from '../raw-protocol.ts'

interface Table {
  readonly announcements: readonly { readonly body: Uint8Array }[]
}

interface Rumour {
  readonly peer: string
  readonly epoch: number
  readonly incarnation: number
  readonly state: 'SUSPECT' | 'AWAY'
  readonly by: string
}

/** Tells every member, again and again and in the name of others, that all other members are suspect or away. */
export function createSlanderer(ground: AdversaryGround): Adversary {
  return createRaid(ground, { name: 'slanderer', attack: slander })
}

async function slander(raider: Raider): Promise<void> {
  const { targets, send, count } = raider
  for (const target of targets()) {
    const table = (await send(target, wire.sync, { ...emptyTable, after: '' })) as Table | undefined
    const rumours = (table?.announcements ?? []).flatMap((announcement) => rumoursAbout(announcement.body, targets()))
    for (const listener of targets()) {
      for (let from = 0; from < rumours.length; from += 64) {
        await send(listener, wire.probe, { announcements: [], rumours: rumours.slice(from, from + 64) })
      }
      count('rumours', rumours.length)
    }
  }
}

function rumoursAbout(body: Uint8Array, others: readonly string[]): readonly Rumour[] {
  const { peer, epoch, incarnation } = decode(body) as Omit<Rumour, 'state' | 'by'>
  const accusers = others.filter((other) => other !== peer).slice(0, 3)
  const suspicions = accusers.map((by) => ({ peer, epoch, incarnation, state: 'SUSPECT', by }) as const)
  return [...suspicions, { peer, epoch, incarnation, state: 'AWAY', by: peer }]
}
