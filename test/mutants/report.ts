import type { Hunted } from './hunter.ts'
import type { Found } from './play.ts'

/** Share of the planted bugs that must be found. */
const wantedShare = 0.95

/** What became of one mutant: its name, who found it at which seed, the seconds that it took. */
export function lineOf({ mutant, found, seeds, seconds }: Hunted): string {
  const how = found === undefined ? `SURVIVES ${seeds} seeds` : `${found.by} at seed ${found.seed}`
  return `${mutant.name.padEnd(60)} ${how.padEnd(52)} ${seconds.toFixed(1).padStart(6)} s`
}

/** Seeds that were skipped, because they fail without a mutant. */
export function dirtyLines(dirty: readonly Found[]): readonly string[] {
  return dirty.map(({ seed, by, detail }) => `seed ${seed} fails without a mutant and was skipped: ${by}: ${detail.slice(0, 300)}`)
}

/** The scores, and the survivors with their places. */
export function summaryLines(hunted: readonly Hunted[]): readonly string[] {
  const kinds = ['planted', 'mechanical'] as const
  const scores = kinds.flatMap((kind) => {
    const [found, all] = scoreOf(hunted, kind)
    return all === 0 ? [] : [`${kind}: ${found} of ${all} found, ${((100 * found) / all).toFixed(1)} %`]
  })
  const survivors = hunted.filter(({ found }) => found === undefined).map(({ mutant }) => mutant)
  return [
    ...scores,
    ...survivors.map(
      ({ name, file, line, original, replacement }) => `survivor: ${name}, ${file}:${line}: ${short(original)} -> ${short(replacement)}`
    )
  ]
}

/** Whether enough of the planted bugs were found. */
export function hasPassed(hunted: readonly Hunted[]): boolean {
  const [found, all] = scoreOf(hunted, 'planted')
  return found >= wantedShare * all
}

function scoreOf(hunted: readonly Hunted[], kind: Hunted['mutant']['kind']): readonly [found: number, all: number] {
  const ofKind = hunted.filter(({ mutant }) => mutant.kind === kind)
  return [ofKind.filter(({ found }) => found !== undefined).length, ofKind.length]
}

function short(text: string): string {
  return JSON.stringify(text.replace(/\s+/g, ' ').trim().slice(0, 100))
}
