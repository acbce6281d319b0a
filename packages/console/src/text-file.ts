import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { getSystemErrorMessage } from 'node:util'
import { CloudError, errorMessage } from '@cloudpeer/core'

/** A file as errors name it, and its text. */
export interface TextFile {
  readonly name: string
  readonly text: string
}

/** The UTF-8 text of a file, or of `stdin` where the file is `-`. FILE_UNREADABLE, also beyond `bytesMax` bytes. */
export async function readTextFile(file: string, stdin: Readable, bytesMax: number): Promise<TextFile> {
  const name = file === '-' ? 'standard input' : file
  return { name, text: await readText(file === '-' ? stdin : createReadStream(file), name, bytesMax) }
}

async function readText(stream: Readable, file: string, bytesMax: number): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of stream) {
      chunks.push(Buffer.from(chunk as Uint8Array))
      bytes += (chunk as Uint8Array).length
      if (bytes > bytesMax) break
    }
    if (bytes <= bytesMax) return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch (error) {
    throw new CloudError('FILE_UNREADABLE', { file, problem: problemOf(error) }, { cause: error })
  }
  throw new CloudError('FILE_UNREADABLE', { file, problem: `it has more than ${bytesMax} bytes; send it in parts` })
}

function problemOf(error: unknown): string {
  const { errno } = error as { readonly errno?: unknown }
  return typeof errno === 'number' ? getSystemErrorMessage(errno) : errorMessage(error)
}
