import type { Readable, Writable } from 'node:stream'

/** An output that may be a terminal. */
export type Output = Writable & { readonly isTTY?: boolean }

/** All that a command knows of the process that it runs in. */
export interface Io {
  readonly stdout: Output
  readonly stderr: Output
  readonly stdin: Readable
  readonly env: Readonly<Record<string, string | undefined>>
  /** Columns that a line may fill. */
  readonly width: number
}

/** Columns of a line that goes to no terminal. */
export const widthDefault = 120

/** The process that this runs in. */
export function processIo(): Io {
  const { stdout, stderr, stdin, env } = process
  return { stdout, stderr, stdin, env, width: stdout.columns ?? (Number(env.COLUMNS) || widthDefault) }
}

/** Whether an output takes colours (https://no-color.org). */
export function hasColors(output: Output, env: Io['env']): boolean {
  return output.isTTY === true && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb'
}

/**
 * Writes and waits until the system has taken it, so that an exit cuts nothing off. A reader that has gone, as `head`
 * does, is no error: nobody wants the rest.
 */
export function write(output: Output, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // A failed write is told twice, to the callback and to the listener; without one the process would end.
    output.once('error', settle)
    output.write(text, settle)
    function settle(error?: (Error & { code?: string }) | null): void {
      if (error && error.code !== 'EPIPE') reject(error)
      else resolve()
      if (!error) output.off('error', settle)
    }
  })
}
