import { type ParseArgsConfig, parseArgs } from 'node:util'
import { CloudError, errorMessage } from '@cloudpeer/core'
import { type Setting, settings } from './settings.ts'

/** What a command line says, not yet judged. */
export interface Flags {
  readonly config: string | undefined
  readonly json: boolean
  /** Values by flag: a text, or a list of texts where the flag may be repeated. */
  readonly values: Readonly<Record<string, unknown>>
}

/** Reads the flags of `start`. INVALID names an unknown flag, a missing value, or a word that belongs to no flag. */
export function readFlags(args: readonly string[]): Flags {
  const { config, json, ...values } = parseFlags(args, { config: { type: 'string' }, json: { type: 'boolean' }, ...settingFlags() })
  return { config: config as string | undefined, json: json === true, values }
}

/** Reads flags as `node:util` does, in one sentence where that fails. */
export function parseFlags(args: readonly string[], options: NonNullable<ParseArgsConfig['options']>): Record<string, unknown> {
  try {
    return { ...parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values }
  } catch (error) {
    const [problem = ''] = errorMessage(error).split(/\. To specify|, to specify|\n/)
    throw new CloudError(
      'INVALID',
      { field: 'command line', problem: problem.replace(/^./, (letter) => letter.toLowerCase()) },
      { cause: error }
    )
  }
}

function settingFlags(): NonNullable<ParseArgsConfig['options']> {
  const flagged = (Object.values(settings) as Setting<unknown>[]).filter((setting) => setting.flag !== undefined)
  return Object.fromEntries(
    flagged.map(({ flag, many, isSwitch }) => [flag, { type: isSwitch ? 'boolean' : 'string', multiple: many === true } as const])
  )
}
