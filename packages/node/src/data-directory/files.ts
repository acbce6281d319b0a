import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { CloudError, errorMessage } from '@cloudpeer/core'

/** The error of a file that cannot be read, written or understood. */
export function badFile(file: string, problem: string, cause?: unknown): CloudError {
  return new CloudError('DATA_FILE', { file, problem }, { cause })
}

/** The bytes of a file, or undefined where there is none. DATA_FILE if it cannot be read. */
export function readFileIfAny(file: string): Buffer | undefined {
  try {
    return readFileSync(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw badFile(file, errorMessage(error), error)
  }
}

/**
 * Replaces a file so that after a power failure either the old or the new contents are there: written beside it,
 * forced to the disk, renamed, and the rename forced to the disk. Readable by its owner alone. DATA_FILE.
 */
export function replaceFile(file: string, contents: Uint8Array | string): void {
  try {
    const beside = `${file}.new`
    synced(beside, 'w', (descriptor) => writeFileSync(descriptor, contents))
    renameSync(beside, file)
    synced(dirname(file), 'r', () => {})
  } catch (error) {
    throw badFile(file, errorMessage(error), error)
  }
}

function synced(path: string, flags: string, work: (descriptor: number) => void): void {
  const descriptor = openSync(path, flags, 0o600)
  try {
    work(descriptor)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
