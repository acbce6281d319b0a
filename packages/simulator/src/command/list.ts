import { CloudError } from '@cloudpeer/core'
import { experiments } from '../experiments/catalogue.ts'
import type { Experiment } from '../experiments/experiment.ts'
import { defaultText, type Parameter } from '../experiments/parameters.ts'
import { schemes } from '../experiments/schemes.ts'
import type { Command } from './command.ts'
import { exitCodes } from './exit-code.ts'

/** `cloudpeer simulate list`: what each experiment answers, its parameters and their defaults. */
export const listCommand: Command = ([surplus], { stdout }) => {
  if (surplus !== undefined) throw new CloudError('INVALID', { field: 'list', problem: `takes no ${surplus.slice(0, 64)}` })
  stdout.write(`${[...experiments.map(textOf), schemesText()].join('\n\n')}\n`)
  return exitCodes.done
}

function textOf({ name, question, takesSeconds, parameters }: Experiment): string {
  const rows = parameters.map((parameter) => [`${parameter.name}=${defaultText(parameter)}`, aboutText(parameter)] as const)
  return [name, `  ${question}`, `  takes about ${takesSeconds} s of one core`, ...columns(rows)].join('\n')
}

function aboutText(parameter: Parameter): string {
  if ('choices' in parameter) return `${parameter.about}; out of ${parameter.choices.join(',')}`
  if ('path' in parameter) return parameter.about
  const { about, unit, min, max } = parameter
  return `${about}${unit === undefined ? '' : `, in ${unit}`}; ${min} to ${max}`
}

function schemesText(): string {
  return ['schemes', ...columns(schemes.map(({ name, about }) => [name, about] as const))].join('\n')
}

/** Rows of two columns; what is wide does not push the others apart. */
function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length).filter((length) => length <= 26))
  return rows.map(([left, right]) =>
    left.length > width ? `    ${left}\n    ${' '.repeat(width)}  ${right}` : `    ${left.padEnd(width)}  ${right}`
  )
}
