import type { ExitCode } from './exit-code.ts'
import type { Io } from './io.ts'

/** What one word after `cloudpeer simulate` does with the rest of the line. INVALID for wrong usage. */
export type Command = (args: readonly string[], io: Io) => ExitCode | Promise<ExitCode>
