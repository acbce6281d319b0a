/** Shows how far a long command has come. */
export interface Progress {
  /** Says what is going on; on a terminal in place of what was said before. */
  step(text: string): void
  /** Ends a phase with a line that stays. */
  done(text: string): void
}

/** Progress as one changing line for each phase on a terminal, as whole lines of what is done elsewhere. */
export function createProgress(stream: NodeJS.WriteStream): Progress {
  if (!stream.isTTY) return { step() {}, done: (text) => stream.write(`${text}\n`) }
  const show = (text: string, end: string): boolean => stream.write(`\r\u001b[K${text}${end}`)
  return { step: (text) => show(text, ''), done: (text) => show(text, '\n') }
}
