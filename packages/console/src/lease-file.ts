import type { Readable } from 'node:stream'
import { CloudError, errorMessage } from '@cloudpeer/core'
import { readTextFile } from './text-file.ts'

/** The largest file with a lease, in bytes: twice the longest in base64. */
const leaseFileBytesMax = 128 * 1024

/** What an owner signed, in base64, as `lease show --json` prints it. */
export interface SignedLease {
  readonly bytes: string
  readonly signature: string
}

/** The signed lease in a file, or in `stdin` where the file is `-`; not checked further. FILE_UNREADABLE, INVALID. */
export async function readLeaseFile(file: string, stdin: Readable): Promise<SignedLease> {
  const { text, name } = await readTextFile(file, stdin, leaseFileBytesMax)
  const { signed } = (parseJson(text, name) ?? {}) as { readonly signed?: SignedLease }
  if (signed === undefined) throw new CloudError('INVALID', { field: name, problem: 'has no `signed`: give what lease show --json prints' })
  return signed
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new CloudError('INVALID', { field: name, problem: `is not JSON: ${errorMessage(error)}` }, { cause: error })
  }
}
