import { styleText } from 'node:util'
import type { Asked, WrongAnswer } from './ask-on.ts'
import { type ChaosKind, chaosKinds } from './plan.ts'
import type { Effect } from './saboteur.ts'
import type { WrongSuspicion } from './watch-members.ts'

/** One event that is over. */
export interface Done extends Effect {
  readonly kind: ChaosKind
  /** How long after the effect until the network was whole again, in ms; undefined if it never was. */
  readonly healedMs: number | undefined
}

/** The spread of some durations, in ms. */
export interface Spread {
  readonly min: number
  readonly median: number
  readonly max: number
}

/** What one kind of trouble did; spreads are absent where nothing was measured. */
export interface KindReport {
  readonly kind: ChaosKind
  readonly events: number
  /** Until services of owners that were down were out of all answers. */
  readonly goneMs?: Spread
  /** Until services of owners that were there (again) were in all answers. */
  readonly backMs?: Spread
  /** Until all nodes knew each other and all replicas had everything. */
  readonly healedMs?: Spread
}

/** What a run came to. Times are in ms, those of events since the start of the run. */
export interface ChaosReport {
  readonly seed: number
  readonly nodes: number
  readonly durationMs: number
  readonly kinds: readonly KindReport[]
  readonly queries: {
    readonly asked: number
    readonly wrong: number
    readonly partial: number
    readonly wrongAnswers: readonly WrongAnswer[]
  }
  /** Members that nothing was done to: held for SUSPECT for moments, which does no harm, or for AWAY, which is wrong. */
  readonly suspicions: readonly WrongSuspicion[]
  /** Whatever else was wrong, in sentences. */
  readonly faults: readonly string[]
  /** Whether nothing was wrong. */
  readonly ok: boolean
}

/** What was seen in a run. */
export interface Seen {
  readonly seed: number
  readonly nodes: number
  readonly startMs: number
  readonly durationMs: number
  readonly done: readonly Done[]
  readonly asked: Asked
  readonly suspicions: readonly WrongSuspicion[]
}

/** Sums up a run. */
export function chaosReport({ seed, nodes, startMs, durationMs, done, asked, suspicions }: Seen): ChaosReport {
  const sinceStart = (atMs: number): number => Math.round(atMs - startMs)
  const faults = done.flatMap((event) => event.faults)
  const away = suspicions.filter(({ state }) => state === 'AWAY')
  return {
    seed,
    nodes,
    durationMs: Math.round(durationMs),
    kinds: chaosKinds.map((kind) =>
      kindReport(
        kind,
        done.filter((event) => event.kind === kind)
      )
    ),
    queries: { ...asked, wrongAnswers: asked.wrongAnswers.map((answer) => ({ ...answer, atMs: sinceStart(answer.atMs) })) },
    suspicions: suspicions.map((one) => ({ ...one, fromMs: sinceStart(one.fromMs), lastedMs: Math.round(one.lastedMs) })),
    faults,
    ok: asked.asked > 0 && asked.wrong === 0 && faults.length === 0 && away.length === 0
  }
}

function kindReport(kind: ChaosKind, done: readonly Done[]): KindReport {
  const goneMs = spread(done.flatMap((event) => event.goneMs))
  const backMs = spread(done.flatMap((event) => event.backMs))
  const healedMs = spread(done.flatMap((event) => event.healedMs ?? []))
  return { kind, events: done.length, ...(goneMs && { goneMs }), ...(backMs && { backMs }), ...(healedMs && { healedMs }) }
}

function spread(values: readonly number[]): Spread | undefined {
  const sorted = values.map(Math.round).sort((a, b) => a - b)
  const [min] = sorted
  if (min === undefined) return undefined
  return { min, median: sorted[Math.floor((sorted.length - 1) / 2)] as number, max: sorted.at(-1) as number }
}

/** Wrong answers, suspicions and services that a person is shown of many. */
const shown = 5

/** The report as a person reads it. */
export function describeChaos(report: ChaosReport): string {
  const { seed, nodes, durationMs, queries, suspicions, faults, ok } = report
  const away = suspicions.filter(({ state }) => state === 'AWAY')
  const longest = Math.max(0, ...suspicions.map(({ lastedMs }) => lastedMs))
  return [
    '',
    ...table(report.kinds),
    '',
    `${queries.asked} queries asked; ${queries.wrong} answered wrong, ${queries.partial} of them said so`,
    ...queries.wrongAnswers.slice(0, shown).flatMap(describeWrong),
    `members wrongly suspected: ${suspicions.length}${suspicions.length > 0 ? `, for ${seconds(longest)} at most` : ''}; wrongly given up: ${away.length}`,
    ...away
      .slice(0, shown)
      .map(({ observer, member, fromMs }) => `  node ${observer} held node ${member} to be away at ${seconds(fromMs)}`),
    ...faults,
    '',
    `${ok ? styleText('green', 'nothing was wrong') : styleText('red', 'NOT EVERYTHING WAS RIGHT')}: ${nodes} nodes, ${seconds(durationMs)}, seed ${seed}`,
    ''
  ].join('\n')
}

function table(kinds: readonly KindReport[]): readonly string[] {
  const rows = [
    ['trouble', 'times', 'out of all answers', 'in all answers', 'whole again', '(min / median / max)'],
    ...kinds.map(({ kind, events, goneMs, backMs, healedMs }) => [kind, String(events), cell(goneMs), cell(backMs), cell(healedMs)])
  ]
  const widths = [8, 5, 20, 20, 20, 0]
  return rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  )
}

function cell(spread: Spread | undefined): string {
  return spread === undefined ? '-' : `${[spread.min, spread.median, spread.max].map((ms) => (ms / 1000).toFixed(1)).join(' / ')} s`
}

function describeWrong({ atMs, node, expression, missing, unexpected, partial, error }: WrongAnswer): readonly string[] {
  const list = (what: string, names: readonly string[]): readonly string[] =>
    names.length === 0 ? [] : [`    ${what} ${names.length}: ${names.slice(0, shown).join(', ')}${names.length > shown ? ', ...' : ''}`]
  return [
    `  at ${seconds(atMs)}, node ${node}: ${expression}`,
    ...(error === undefined ? [] : [`    no answer: ${error}`]),
    ...(partial ? ['    it said that it may be incomplete'] : []),
    ...list('missing', missing),
    ...list('unexpected', unexpected)
  ]
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
