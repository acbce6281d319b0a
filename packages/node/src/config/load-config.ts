import { readFileSync } from 'node:fs'
import { CloudError, errorMessage } from '@cloudpeer/core'
import { parseDocument } from 'yaml'
import type { Config } from './config.ts'
import { readFlags } from './flags.ts'
import { badSetting } from './readers.ts'
import { type Environment, type Setting, settings } from './settings.ts'

/** A raw value and the name under which it was given. */
interface Given {
  readonly value: unknown
  readonly field: string
}

/** One source of settings: what it gives for each key. */
type Layer = ReadonlyMap<string, Given>

/** The largest configuration file, in bytes. */
export const configBytesMax = 1024 * 1024

/**
 * The configuration of a node: what the flags say, else the environment, else the file, else the default. INVALID names
 * the flag, the variable, or the file and the key; MALFORMED a file that is neither YAML nor JSON.
 */
export function loadConfig(args: readonly string[], environment: Environment): Config {
  const flags = readFlags(args)
  const path = flags.config ?? environment.CLOUDPEER_CONFIG
  const layers = [flagLayer(flags.values), environmentLayer(environment), path ? fileLayer(path) : new Map()]
  const chosen = Object.entries(settings as Readonly<Record<string, Setting<unknown>>>).map(([key, setting]) => {
    const given = layers.map((layer) => layer.get(key)).find((value) => value !== undefined)
    return [key, given ? setting.read(given.value, given.field) : setting.fallback(environment)] as const
  })
  return { ...(Object.fromEntries(chosen) as unknown as Omit<Config, 'json'>), json: flags.json }
}

function flagLayer(values: Readonly<Record<string, unknown>>): Layer {
  return layerFrom((setting) => setting.flag && { value: values[setting.flag], field: `--${setting.flag}` })
}

function environmentLayer(environment: Environment): Layer {
  return layerFrom(({ variable, many }) => {
    const text = variable && environment[variable]
    return variable && { value: text && many ? text.split(',').map((item) => item.trim()) : text || undefined, field: variable }
  })
}

function layerFrom(give: (setting: Setting<unknown>) => Given | '' | undefined): Layer {
  const layer = new Map<string, Given>()
  for (const [key, setting] of Object.entries(settings)) {
    const given = give(setting as Setting<unknown>)
    if (given && given.value !== undefined) layer.set(key, given)
  }
  return layer
}

function fileLayer(path: string): Layer {
  const value = parseFile(path)
  if (value === null) return new Map()
  if (typeof value !== 'object' || Array.isArray(value)) throw badSetting(path, 'must be a map of settings')
  const entries = Object.entries(value)
  const unknown = entries.find(([key]) => !Object.hasOwn(settings, key))
  if (unknown) throw badSetting(`${path}: ${unknown[0]}`, `is not a known setting; known are ${Object.keys(settings).join(', ')}`)
  return new Map(entries.map(([key, item]) => [key, { value: item, field: `${path}: ${key}` }]))
}

/** YAML 1.2, of which JSON is a part. */
function parseFile(path: string): unknown {
  const text = readConfigText(path)
  if (text.length > configBytesMax) throw badSetting(path, `has ${text.length} bytes, more than ${configBytesMax}`)
  const document = parseDocument(text, { prettyErrors: true })
  const problem = document.errors[0]
  if (problem) throw new CloudError('MALFORMED', { field: path, problem: problem.message.split('\n', 1)[0] ?? '' }, { cause: problem })
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    throw new CloudError('MALFORMED', { field: path, problem: errorMessage(error) }, { cause: error })
  }
}

function readConfigText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw badSetting(`--config ${path}`, errorMessage(error))
  }
}
