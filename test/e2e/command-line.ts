import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/** What a command printed and how it ended. */
export interface CommandResult {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

const launcher = fileURLToPath(new URL('../../bin/cloudpeer.js', import.meta.url))

/** Runs `cloudpeer` with these arguments until it ends; it is killed after `timeoutMs`. */
export async function cloudpeer(args: readonly string[], input = '', timeoutMs = 20_000): Promise<CommandResult> {
  const child = spawn(process.execPath, [launcher, ...args], { timeout: timeoutMs, killSignal: 'SIGKILL' })
  child.stdin.end(input)
  const [stdout, stderr, status] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  ])
  return { status, stdout, stderr }
}
