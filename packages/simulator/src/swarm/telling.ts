import type { Scenario } from './scenario.ts'
import type { Verdict } from './verdict.ts'

/** Findings of a violation that are told; there may be hundreds. */
const findingsShown = 5

/** A scenario in one line: how large it is, and what goes wrong in it. */
export function describeScenario({ seed, nodes, gentle, faults, adversaries, operations }: Scenario): string {
  const kinds = [...new Set(faults.map(({ kind }) => kind)), ...adversaries]
  return `seed ${seed}: ${nodes} nodes, ${gentle ? 'one fault at a time' : 'many faults'} (${faults.length}: ${kinds.join(', ') || 'none'}), ${operations.length} operations`
}

/** How a run ended, in a few lines. */
export function describeVerdict({ violation, healedMs, faults, operations, grants, deliveries, durationMs, trace }: Verdict): string {
  const ineffective = Object.entries(faults).flatMap(([kind, { effective }]) => (effective === 0 ? [kind] : []))
  const lines = [
    `  ${deliveries} messages in ${(durationMs / 1000).toFixed(0)} s; ${operations.done} operations done, ${operations.failed} failed, ${operations.skipped} at nodes that were down; ${grants} grants checked`,
    ...(ineffective.length > 0 ? [`  without effect: ${ineffective.join(', ')}`] : []),
    `  trace ${trace}`
  ]
  if (violation === undefined)
    return [...lines, `  all that must hold held; healed ${(healedMs / 1000).toFixed(0)} s after the last fault`].join('\n')
  const { checker, atMs, findings } = violation
  const more = findings.length > findingsShown ? [`    and ${findings.length - findingsShown} more`] : []
  const shown = findings.slice(0, findingsShown).map((finding) => `    ${finding}`)
  return [...lines, `  VIOLATED at ${(atMs / 1000).toFixed(3)} s: ${checker}`, ...shown, ...more].join('\n')
}
