import { errorMessage, isCloudError } from '@cloudpeer/core'
import { type ExitCode, exitCodes } from './exit-code.ts'
import type { Io } from './io.ts'

/** Tells on stderr what went wrong and, for wrong usage, what can be done; gives the exit code. */
export function reportFailure(thrown: unknown, { stderr }: Io): ExitCode {
  const isUsage = isCloudError(thrown, 'INVALID')
  const hint = isUsage ? 'hint: see what there is: cloudpeer simulate list\n' : ''
  stderr.write(`error: ${errorMessage(thrown).replaceAll('\n', ' ')}\n${hint}`)
  return isUsage ? exitCodes.usage : exitCodes.failed
}
