import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CloudError, errorMessage } from '@cloudpeer/core'
import type { Document } from '../experiments/documents.ts'

/** Makes a directory with all above it, unless it is there. INVALID, naming `--out`, where that cannot be. */
export function openDirectory(directory: string): void {
  guarded(() => mkdirSync(directory, { recursive: true }))
}

/** Writes documents into a directory, over those of an earlier run; returns their paths. INVALID as above. */
export function writeDocuments(directory: string, documents: readonly Document[]): readonly string[] {
  return documents.map(({ name, text }) => {
    const path = join(directory, name)
    guarded(() => writeFileSync(path, text))
    return path
  })
}

function guarded(work: () => void): void {
  try {
    work()
  } catch (error) {
    throw new CloudError('INVALID', { field: 'out', problem: errorMessage(error) }, { cause: error })
  }
}
