/** What the exit status of `cloudpeer simulate` tells a script: the same as that of other commands. */
export const exitCodes = { done: 0, failed: 1, usage: 2 } as const

/** One of {@link exitCodes}. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]
