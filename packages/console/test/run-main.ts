import { PassThrough, Readable } from 'node:stream'
import { main } from '../src/main.ts'

/** How a run differs from one that is piped, with no environment and nothing to read. */
export interface RunOptions {
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
  readonly width?: number
  readonly terminal?: boolean
}

/** What a run has left behind. */
export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command line as the process would, with outputs that are kept. */
export async function runMain(
  argv: readonly string[],
  { stdin = '', env = {}, width = 100, terminal = false }: RunOptions = {}
): Promise<Outcome> {
  const stdout = Object.assign(new PassThrough({ highWaterMark: 64 * 1024 * 1024 }), { isTTY: terminal })
  const stderr = Object.assign(new PassThrough(), { isTTY: terminal })
  const code = await main(argv, { stdout, stderr, stdin: Readable.from([Buffer.from(stdin)]), env, width })
  return { code, stdout: keptText(stdout), stderr: keptText(stderr) }
}

function keptText(stream: PassThrough): string {
  return ((stream.read() as Buffer | null) ?? Buffer.alloc(0)).toString()
}
