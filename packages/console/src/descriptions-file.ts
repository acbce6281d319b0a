import type { Readable } from 'node:stream'
import { descriptionsBytesMax, readDescriptions } from '@cloudpeer/model'
import { readTextFile } from './text-file.ts'

/** The descriptions in a YAML or JSON file, or in `stdin` where the file is `-`; not checked further. FILE_UNREADABLE. */
export async function readDescriptionsFile(file: string, stdin: Readable): Promise<unknown[]> {
  const { text, name } = await readTextFile(file, stdin, descriptionsBytesMax)
  return readDescriptions(text, name)
}
