import { type ParseArgsConfig, parseArgs } from 'node:util'
import { CloudError, errorMessage } from '@cloudpeer/core'

type Options = NonNullable<ParseArgsConfig['options']>
type Parsed<O extends Options> = ReturnType<typeof parseArgs<{ options: O; strict: true; allowPositionals: true }>>

/** What a command line says, by the options that a command knows. INVALID for any other, and for an option without its value. */
export function readFlags<const O extends Options>(args: readonly string[], options: O): Parsed<O> {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: true })
  } catch (error) {
    throw new CloudError('INVALID', { field: 'command line', problem: errorMessage(error) })
  }
}
