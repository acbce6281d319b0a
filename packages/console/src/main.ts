import { CommanderError } from 'commander'
import './errors.ts'
import { exitCodes } from './exit-code.ts'
import { type Io, processIo } from './io.ts'
import { runProgram } from './program.ts'
import { reportFailure } from './report.ts'

/**
 * Runs `cloudpeer <argv>` to its end and gives the exit status: 0 done, 1 failed, 2 wrong usage, 3 answered but
 * incomplete. Never throws and never ends the process.
 */
export async function main(argv: readonly string[], io: Io = processIo()): Promise<number> {
  try {
    return await runProgram(argv.length === 0 ? ['--help'] : argv, io)
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.done
    return reportFailure(error, argv.includes('--json'), io)
  }
}
