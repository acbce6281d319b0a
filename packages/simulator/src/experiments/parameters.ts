import { CloudError, present } from '@cloudpeer/core'

/** Something about an experiment that can be set: a number, a list of words out of some, or a path. */
export type Parameter = NumberParameter | ChoiceParameter | PathParameter

/** A number within bounds. */
export interface NumberParameter {
  readonly name: string
  readonly about: string
  readonly unit?: string
  readonly default: number
  readonly min: number
  readonly max: number
  /** Whether it has no fraction; true if not given. */
  readonly whole?: boolean
}

/** One or more words, separated by commas. */
export interface ChoiceParameter {
  readonly name: string
  readonly about: string
  readonly default: readonly string[]
  readonly choices: readonly string[]
  /** Whether it is just one of them. */
  readonly single?: boolean
}

/** Where something is that an experiment reads; it has to be given. */
export interface PathParameter {
  readonly name: string
  readonly about: string
  /** There is none. */
  readonly default: ''
  readonly path: true
}

/** The value of every parameter. */
export interface Settings {
  number(name: string): number
  words(name: string): readonly string[]
  /** INVALID if it was not given. */
  path(name: string): string
  /** All of them as `key=value`, in the parameters' order. */
  readonly texts: readonly string[]
  /** Those that are not at their default. */
  readonly changed: readonly string[]
}

/** The settings that `given` makes of the defaults. INVALID, naming the key, for one that there is not or a value out of bounds. */
export function settingsFrom(parameters: readonly Parameter[], given: ReadonlyMap<string, string>): Settings {
  const names = parameters.map(({ name }) => name)
  for (const name of given.keys()) {
    if (!names.includes(name)) throw invalid(name, `is no parameter of this experiment; there are ${names.join(', ')}`)
  }
  const values = new Map(parameters.map((parameter) => [parameter.name, chosenValue(parameter, given.get(parameter.name))]))
  const textOf = ({ name }: Parameter): string => `${name}=${[present(values.get(name), `no parameter ${name}`)].flat().join(',')}`
  return {
    number: (name) => Number(present(values.get(name), `no parameter ${name}`)),
    words: (name) => [present(values.get(name), `no parameter ${name}`)].flat().map(String),
    path: (name) => pathFrom(name, String(present(values.get(name), `no parameter ${name}`))),
    texts: parameters.map(textOf),
    changed: parameters.filter((parameter) => textOf(parameter) !== `${parameter.name}=${defaultText(parameter)}`).map(textOf)
  }
}

/** The default as it would be written. */
export function defaultText(parameter: Parameter): string {
  return [parameter.default].flat().join(',')
}

function chosenValue(parameter: Parameter, text: string | undefined): number | string | readonly string[] {
  if (text === undefined) return parameter.default
  if ('path' in parameter) return text
  return 'choices' in parameter ? wordsFrom(parameter, text) : numberFrom(parameter, text)
}

function numberFrom({ name, min, max, whole = true }: NumberParameter, text: string): number {
  const value = /^-?\d{1,12}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max && (!whole || Number.isInteger(value))) return value
  throw invalid(name, `must be a ${whole ? 'whole ' : ''}number from ${min} to ${max}, not ${shown(text)}`)
}

function pathFrom(name: string, path: string): string {
  if (path !== '') return path
  throw invalid(name, `has to be given: --set ${name}=PATH`)
}

function wordsFrom({ name, choices, single = false }: ChoiceParameter, text: string): readonly string[] {
  const words = [...new Set(text.split(','))]
  const unknown = words.find((word) => !choices.includes(word))
  if (single && words.length > 1) throw invalid(name, `must be one of ${choices.join(', ')}`)
  if (unknown === undefined) return words
  throw invalid(name, `${shown(unknown)} is none of ${choices.join(', ')}`)
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 64))
}

function invalid(field: string, problem: string): CloudError {
  return new CloudError('INVALID', { field, problem })
}
