import type { Progress } from '../experiments/experiment.ts'
import type { Output } from './io.ts'

/** Columns of a terminal that does not say how many it has. */
const columnsDefault = 80

/** One line on a terminal that is written over, whenever the percentage or the work has changed. Elsewhere nothing is written. */
export interface ProgressLine {
  readonly tell: Progress
  /** Takes the line away. */
  end(): void
}

/** A progress line on an output. */
export function createProgressLine(output: Output): ProgressLine {
  let shown = ''
  function show(line: string): void {
    if (!output.isTTY || line === shown) return
    shown = line
    output.write(`\r${line}\x1b[K`)
  }
  return {
    tell: (share, doing) =>
      show(`${String(Math.floor(share * 100)).padStart(3)} %  ${doing}`.slice(0, (output.columns ?? columnsDefault) - 1)),
    end: () => show('')
  }
}
