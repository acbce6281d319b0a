import type { Machine } from '../../cloud/machine.ts'
import type { DiskEffect } from '../../cloud/simulated-disk.ts'
import type { Checker } from '../checker.ts'

/** What a disk does without a word to the process that writes. */
const unnoticed: readonly DiskEffect[] = ['misplaced row', 'stale row']

/** A request is on its machine's disk to stay when whoever sent it is told that it is there. */
export const requestsAreDurable: Checker = {
  name: 'anytime_requests_are_durable',
  watch({ cloud, tenant }) {
    const problems: string[] = []
    tenant.onCreated((id, node) => {
      // Of a process that has ended meanwhile nobody hears.
      if (!cloud.nodes.includes(node) || unnoticed.some((effect) => node.machine.disk.effects.has(effect))) return
      if (!isDurable(node.machine, id)) problems.push(`${node.peer} told that request ${id} is there, and it is not on its disk to stay`)
    })
    return () => problems.splice(0)
  }
}

function isDurable({ disk }: Machine, id: string): boolean {
  const content = disk.contentOf('requests')
  return content?.synced === true && content.store.prepare('SELECT 1 FROM requests WHERE id = ?').get(id) !== undefined
}
