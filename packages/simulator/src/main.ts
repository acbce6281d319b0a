import type { Command } from './command/command.ts'
import { exitCodes } from './command/exit-code.ts'
import { experimentCommand } from './command/experiment-command.ts'
import { grantsCommand } from './command/grants.ts'
import type { Io } from './command/io.ts'
import { listCommand } from './command/list.ts'
import { reportFailure } from './command/report-failure.ts'
import { seedCommand } from './command/seed.ts'
import { usage } from './command/usage.ts'

/** What is no experiment's name. */
const commands: Readonly<Record<string, Command>> = { list: listCommand, seed: seedCommand, grants: grantsCommand }

/**
 * Runs `simulate` with the rest of `argv` and gives the exit status: 0 done, 1 failed, 2 wrong usage. Never throws and never
 * ends the process.
 */
export async function main(argv: readonly string[], io: Io = process): Promise<number> {
  const [word, ...rest] = argv.slice(1)
  if (word === undefined || argv.some((arg) => arg === '--help' || arg === '-h')) {
    io.stdout.write(usage)
    return exitCodes.done
  }
  try {
    const command = Object.hasOwn(commands, word) ? commands[word] : undefined
    return await (command === undefined ? experimentCommand([word, ...rest], io) : command(rest, io))
  } catch (error) {
    return reportFailure(error, io)
  }
}
