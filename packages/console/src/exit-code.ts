/** What the exit status tells a script. */
export const exitCodes = {
  done: 0,
  failed: 1,
  /** The command line or the text of a query is wrong: the same call can never succeed. */
  usage: 2,
  /** There is an answer, but parts of the network could not be asked; or what was waited for did not come. */
  incomplete: 3
} as const

/** One of {@link exitCodes}. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]
