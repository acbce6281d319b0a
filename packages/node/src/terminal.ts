import type { CloudError } from '@cloudpeer/core'

/** Tells an operator what is wrong, in one line; returns the exit status. */
export function printError(error: CloudError, status: number): number {
  process.stderr.write(`error: ${error.message.replaceAll('\n', ' ')}\n`)
  return status
}
