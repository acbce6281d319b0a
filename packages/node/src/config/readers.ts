import { CloudError, errorMessage } from '@cloudpeer/core'
import { addressesMax, addressLengthMax, type Labels, labelLengthMax, labelsMax } from '@cloudpeer/overlay'
import type { HostPort } from './config.ts'

/** Turns a raw value from a file, the environment or the command line into a setting; INVALID, naming `field`, if it cannot. */
export type Reader<T> = (value: unknown, field: string) => T

/** The most addresses a node may be told to join by. */
export const joinMax = 64

/** The error of a setting. */
export function badSetting(field: string, problem: string): CloudError {
  return new CloudError('INVALID', { field, problem })
}

/** A text of 1 to `lengthMax` characters. */
export function readText(lengthMax: number): Reader<string> {
  return (value, field) => {
    if (typeof value !== 'string' || value.length === 0) throw badSetting(field, 'must be a text that is not empty')
    if (value.length > lengthMax) throw badSetting(field, `has ${value.length} characters, more than ${lengthMax}`)
    return value
  }
}

/** One of a few words. */
export function readChoice<T extends string>(choices: readonly T[]): Reader<T> {
  return (value, field) => {
    const choice = choices.find((one) => one === value)
    if (choice === undefined) throw badSetting(field, `must be one of ${choices.join(', ')}`)
    return choice
  }
}

/** True or false, as such or as a word. */
export const readSwitch: Reader<boolean> = (value, field) => readChoice(['true', 'false'])(String(value), field) === 'true'

/** A list of at most `max` multiaddrs. Their parts are the transport's to judge; here only what is no path at all is refused. */
export function readAddresses(max: number = addressesMax): Reader<readonly string[]> {
  return (value, field) => {
    if (!Array.isArray(value)) throw badSetting(field, 'must be a list of multiaddrs')
    if (value.length > max) throw badSetting(field, `has ${value.length} addresses, more than ${max}`)
    return value.map((item, index) => readAddress(item, value.length === 1 ? field : `${field}[${index}]`))
  }
}

const readAddress: Reader<string> = (value, field) => {
  const text = readText(addressLengthMax)(value, field)
  if (!/^(\/[^/\s]+){2,}$/.test(text)) throw badSetting(field, `${text} is not a multiaddr such as /ip4/203.0.113.7/tcp/4001`)
  return text
}

/** `HOST:PORT`, `PORT` alone for 127.0.0.1, or `[v6 address]:PORT`. */
export const readHostPort: Reader<HostPort> = (value, field) => {
  const match = /^(?:(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]+)):)?(\d{1,5})$/.exec(String(value))
  const port = Number(match?.[3])
  if (match === null || port > 65_535) throw badSetting(field, `${String(value).slice(0, 64)} is not HOST:PORT such as 127.0.0.1:7070`)
  return { host: match[1] ?? match[2] ?? '127.0.0.1', port }
}

/** A map of labels, or a list of `key=value`. */
export const readLabels: Reader<Labels> = (value, field) => {
  const entries = Array.isArray(value) ? value.map((item) => splitLabel(item, field)) : mapEntries(value, field)
  if (entries.length > labelsMax) throw badSetting(field, `has ${entries.length} labels, more than ${labelsMax}`)
  return Object.fromEntries(entries.map(([name, text]) => [readLabelName(name, field), readText(labelLengthMax)(text, `${field}.${name}`)]))
}

const readLabelName: Reader<string> = (value, field) => {
  const name = readText(labelLengthMax)(value, field)
  if (!/^[a-z][a-z0-9_-]*$/.test(name)) throw badSetting(field, `${name} is not a label name such as location`)
  return name
}

function splitLabel(item: unknown, field: string): [string, unknown] {
  const text = String(item)
  const at = text.indexOf('=')
  if (at < 1) throw badSetting(field, `${text.slice(0, 64)} is not key=value such as location=frankfurt`)
  return [text.slice(0, at), text.slice(at + 1)]
}

function mapEntries(value: unknown, field: string): [string, unknown][] {
  if (typeof value !== 'object' || value === null) throw badSetting(field, 'must be a map of names to texts')
  return Object.entries(value)
}

/** A whole number from `min` to `max`, given as a number or as its digits. */
export function readInteger(min: number, max: number): Reader<number> {
  return (value, field) => {
    const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
    if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < min || number > max) {
      throw badSetting(field, `must be a whole number from ${min} to ${max}`)
    }
    return number
  }
}

/** Whatever `parse` makes of the value, its errors told under `field`. */
export function readParsed<T>(parse: (value: unknown) => T): Reader<T> {
  return (value, field) => {
    try {
      return parse(value)
    } catch (error) {
      const fields = error instanceof CloudError ? error.fields : {}
      if (typeof fields.field !== 'string') throw badSetting(field, errorMessage(error))
      throw new CloudError('INVALID', { ...fields, field: `${field}.${fields.field}` }, { cause: error })
    }
  }
}
