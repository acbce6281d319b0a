import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CloudError } from '@cloudpeer/core'
import { experimentNamed } from '../experiments/catalogue.ts'
import { documentsOf } from '../experiments/documents.ts'
import { settingsFrom } from '../experiments/parameters.ts'
import type { Command } from './command.ts'
import { exitCodes } from './exit-code.ts'
import { readFlags } from './flags.ts'
import { openDirectory, writeDocuments } from './output-directory.ts'
import { createProgressLine } from './progress-line.ts'

/**
 * `cloudpeer simulate NAME`: runs one experiment and writes its figures. INVALID, naming the field, for what cannot be run or
 * written, before anything is run.
 */
export const experimentCommand: Command = async (args, { stdout, stderr }) => {
  const { name, set, out, ...options } = read(args)
  const experiment = experimentNamed(name)
  const settings = settingsFrom(experiment.parameters, given(set, options))
  const directory = out ?? join('simulations', name)
  openDirectory(directory)
  const progress = createProgressLine(stderr)
  const report = await experiment.run(settings, progress.tell, readFileSync).finally(progress.end)
  const paths = writeDocuments(directory, documentsOf(experiment, settings, report))
  const captions = [...report.figures, ...(report.tables ?? [])].map(({ caption }) => caption)
  stdout.write(`${[...captions, ...paths].join('\n')}\n`)
  return exitCodes.done
}

function read(args: readonly string[]) {
  const text = { type: 'string' } as const
  const { values, positionals } = readFlags(args, { nodes: text, seed: text, set: { type: 'string', multiple: true }, out: text })
  const [name, surplus] = positionals
  if (name === undefined) throw new CloudError('INVALID', { field: 'experiment', problem: 'none is named' })
  if (surplus !== undefined)
    throw new CloudError('INVALID', { field: 'experiment', problem: `one at a time, not ${surplus.slice(0, 64)} too` })
  return { ...values, name, set: values.set ?? [] }
}

/** All settings by their keys; a key that is given twice is a mistake. */
function given(set: readonly string[], options: Readonly<Record<string, string | undefined>>): ReadonlyMap<string, string> {
  const pairs = Object.entries(options).filter((pair): pair is [string, string] => pair[1] !== undefined)
  const all = new Map<string, string>()
  for (const [key, value] of [...pairs, ...set.map(pairFrom)]) {
    if (all.has(key)) throw new CloudError('INVALID', { field: key, problem: 'is set twice' })
    all.set(key, value)
  }
  return all
}

function pairFrom(text: string): [string, string] {
  const sign = text.indexOf('=')
  if (sign > 0) return [text.slice(0, sign), text.slice(sign + 1)]
  throw new CloudError('INVALID', { field: 'set', problem: `${JSON.stringify(text.slice(0, 64))} is not key=value` })
}
