import type { Machine } from '../../cloud/machine.ts'
import type { DiskEffect } from '../../cloud/simulated-disk.ts'

/** What a disk does without a word to the process that uses it, or to the one after it. */
const unnoticed: readonly DiskEffect[] = ['restored', 'misplaced row', 'stale row']

/** Whether a machine's disk may lack what was written there, without anybody's being told. */
export function mayLackUnnoticed({ disk }: Machine): boolean {
  return unnoticed.some((effect) => disk.effects.has(effect))
}
