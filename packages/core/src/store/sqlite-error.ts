import { CloudError, errorMessage } from '../errors/cloud-error.ts'

const full = 13
const ioError = 10
/**
 * Extended codes of an input or output error that has nothing to do with room: a read, an fsync of a file or of its directory, a damaged
 * file system, a checksum. SQLite has no code for a disk that filled up under its shared memory or its log, only one of the others.
 */
const brokenDisk: ReadonlySet<number> = new Set([266, 522, 1034, 1290, 8202, 8458])

/** What SQLite reports as a CloudError, STORE_FULL or STORE_FAILED; any other error as it is (https://sqlite.org/rescode.html). */
export function storeErrorFrom(store: string, error: unknown): unknown {
  const code = (error as { errcode?: unknown }).errcode
  if (typeof code !== 'number') return error
  if ((code & 0xff) === full || ((code & 0xff) === ioError && !brokenDisk.has(code))) {
    return new CloudError('STORE_FULL', { store }, { cause: error })
  }
  return new CloudError('STORE_FAILED', { store, problem: errorMessage(error) }, { cause: error })
}
