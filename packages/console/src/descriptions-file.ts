import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { getSystemErrorMessage } from 'node:util'
import { CloudError, errorMessage } from '@cloudpeer/core'
import { descriptionsBytesMax, readDescriptions } from '@cloudpeer/model'

/** The descriptions in a YAML or JSON file, or in `stdin` where the file is `-`; not checked further. FILE_UNREADABLE. */
export async function readDescriptionsFile(file: string, stdin: Readable): Promise<unknown[]> {
  const name = file === '-' ? 'standard input' : file
  return readDescriptions(await readText(file === '-' ? stdin : createReadStream(file), name), name)
}

async function readText(stream: Readable, file: string): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of stream) {
      chunks.push(Buffer.from(chunk as Uint8Array))
      bytes += (chunk as Uint8Array).length
      if (bytes > descriptionsBytesMax) break
    }
    if (bytes <= descriptionsBytesMax) return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch (error) {
    throw new CloudError('FILE_UNREADABLE', { file, problem: problemOf(error) }, { cause: error })
  }
  throw new CloudError('FILE_UNREADABLE', { file, problem: `it has more than ${descriptionsBytesMax} bytes; send it in parts` })
}

function problemOf(error: unknown): string {
  const { errno } = error as { readonly errno?: unknown }
  return typeof errno === 'number' ? getSystemErrorMessage(errno) : errorMessage(error)
}
