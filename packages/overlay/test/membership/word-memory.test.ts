import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentLog } from '@cloudpeer/core'
import { createHashVerifier } from '@cloudpeer/core/identity'
import { createFileStores } from '@cloudpeer/core/store'
import { type Announcement, readAnnouncement } from '../../src/membership/announcement.ts'
import { WordMemory } from '../../src/membership/word-memory.ts'
import { announced, network, peer, startOf } from './beliefs.ts'

/** The epochs of the words that another start has to outbid, by the epoch under which it speaks, of what was heard before the process ended. */
function outbid(heard: readonly Partial<Announcement>[], epochs: readonly number[]): readonly (number | undefined)[] {
  const directory = mkdtempSync(join(tmpdir(), 'words-'))
  const parts = { stores: createFileStores(directory), network, verifier: createHashVerifier(), log: silentLog }
  const memory = new WordMemory(parts)
  for (const change of heard) {
    const word = announced(peer, change)
    memory.keep(readAnnouncement(word, network), word)
  }
  memory.close()
  const restarted = new WordMemory(parts)
  const found = epochs.map((epoch) => {
    const word = restarted.against(readAnnouncement(announced(peer, { epoch, start: startOf(9) }), network))
    return word && readAnnouncement(word, network).epoch
  })
  restarted.close()
  rmSync(directory, { recursive: true })
  return found
}

test('a start must outbid the earlier start that was heard last, though everybody has restarted since', () => {
  assert.deepEqual(outbid([], [1]), [undefined])
  assert.deepEqual(outbid([{ epoch: 2 }], [1, 2, 3]), [2, 2, undefined])
  assert.deepEqual(outbid([{ epoch: 2 }, { epoch: 3, start: startOf(3) }], [3, 4]), [3, undefined])
})

test('it must also outbid the later epochs of a start that had lost its memory itself', () => {
  const first = { epoch: 1 }
  assert.deepEqual(outbid([first, { epoch: 5 }], [1, 4, 5, 6]), [5, 5, 5, undefined])
  assert.deepEqual(outbid([{ epoch: 5 }, first], [5]), [5], 'an older word that comes later')
})

test('its own words bind no start', () => {
  assert.deepEqual(outbid([{ epoch: 2, start: startOf(9) }], [1, 2]), [undefined, undefined])
})
