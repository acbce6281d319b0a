import { type ChildProcess, spawn } from 'node:child_process'
import { type Clock, errorMessage } from '@cloudpeer/core'

/** A command of the operator that runs. */
export interface Command {
  readonly pid: number | undefined
  /** How it ended: its status, its signal, or why it could not be started. Never rejects. */
  readonly ended: Promise<string>
  /** Closes its input and asks it to end by SIGTERM; SIGKILL after `graceMs`. Resolves when it has ended. */
  end(graceMs: number): Promise<void>
}

/** How a command is started. */
export interface CommandInit {
  /** For the shell. A single command takes the shell's place, so that signals are its own. */
  readonly command: string
  /** Beside the variables of this process that are not Cloudpeer's own. */
  readonly variables?: Readonly<Record<string, string>>
  /** A line on its input. */
  readonly line: string
  /** Whether its input stays open until it is asked to end: it then sees, in whatever way this process ends, that it has. */
  readonly keepInput: boolean
}

/** Starts a command in a process group of its own. What it prints goes to the standard error of this process; what it leaves behind is killed. */
export function startCommand({ command, variables, line, keepInput }: CommandInit, clock: Clock): Command {
  const child = spawn('sh', ['-c', command], { detached: true, env: { ...plainEnvironment(), ...variables }, stdio: ['pipe', 2, 2] })
  const ended = endOf(child)
  // A command need not read what it is told.
  child.stdin?.on('error', () => {})
  child.stdin?.write(`${line}\n`)
  if (!keepInput) child.stdin?.end()
  return {
    pid: child.pid,
    ended,
    async end(graceMs) {
      child.stdin?.end()
      if (isRunning(child)) signalGroup(child, 'SIGTERM')
      const timer = clock.schedule(graceMs, () => signalGroup(child, 'SIGKILL'))
      await ended
      timer.cancel()
    }
  }
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(errorMessage(error)))
    child.once('exit', (status, signal) => {
      signalGroup(child, 'SIGKILL')
      resolve(signal ?? `status ${status}`)
    })
  })
}

function isRunning({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid !== undefined && exitCode === null && signalCode === null
}

/** The group outlives its leader for as long as it has members; its number is not given to another meanwhile. */
function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch (error) {
    // Nobody is left in it.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('CLOUDPEER_')))
}
