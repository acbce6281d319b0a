import { Command } from '@commander-js/extra-typings'
import type { ExitCode } from './exit-code.ts'
import { hasColors, type Io } from './io.ts'
import type { Session } from './session.ts'

/** What a command is built with. */
export interface Shell {
  /** A command whose help goes where this run writes, and which throws where commander would end the process. */
  command(name: string): Command
  /** Runs a task with the options of the line, and keeps its exit code. */
  run(task: (session: Session) => Promise<ExitCode>): Promise<void>
}

/** A command whose help goes to `print`, laid out for `io`; usage errors are thrown, not printed. */
export function createCommand(name: string, io: Io, print: (text: string) => void): Command {
  return new Command(name).exitOverride().configureOutput({
    writeOut: print,
    writeErr: () => {},
    outputError: () => {},
    getOutHelpWidth: () => io.width,
    getOutHasColors: () => hasColors(io.stdout, io.env)
  })
}
