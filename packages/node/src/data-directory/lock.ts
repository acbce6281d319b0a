import { join } from 'node:path'
import { CloudError } from '@cloudpeer/core'
import { createFileStores } from '@cloudpeer/core/store'
import { readFileIfAny, replaceFile } from './files.ts'

/**
 * Holds a directory for this process until the returned function is called or the process ends, however it ends: the
 * lock is the operating system's, taken by a SQLite transaction that is never committed, so none is left behind by a
 * crash and no process id can be mistaken for another's. DATA_DIRECTORY_IN_USE names the holder.
 */
export function lockDirectory(directory: string): () => void {
  const store = createFileStores(directory).open('lock', [])
  const pidFile = join(directory, 'lock.pid')
  try {
    store.prepare('BEGIN IMMEDIATE').run()
  } catch (error) {
    store.close()
    if (!isBusy(error)) throw error
    const pid = readFileIfAny(pidFile)?.toString('utf8').trim() ?? 'unknown'
    throw new CloudError('DATA_DIRECTORY_IN_USE', { directory, pid }, { cause: error })
  }
  replaceFile(pidFile, `${process.pid}\n`)
  return () => store.close()
}

/** SQLITE_BUSY: another connection holds the lock. */
const sqliteBusy = 5

function isBusy(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause as { errcode?: unknown } | undefined) : undefined
  return cause?.errcode === sqliteBusy
}
