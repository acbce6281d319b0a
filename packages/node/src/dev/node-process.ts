import { type ChildProcess, fork } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Clock, CloudError } from '@cloudpeer/core'
import type { Ready } from '../daemon/start-node.ts'
import { startThawGuard, type ThawGuard } from './thaw-guard.ts'

/** A node in a process of its own. It ends when this process does, in whatever way: the IPC channel between them closes. */
export interface NodeProcess {
  readonly pid: number
  /** Its data directory. */
  readonly directory: string
  /** What the node says when it is up; NODE_ENDED, with its last words, if it ends before. */
  readonly ready: Promise<Ready>
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>
  readonly state: 'running' | 'frozen' | 'ended'
  /** Ends the process as a crash would: SIGKILL, without a goodbye. */
  kill(): Promise<void>
  /** Stops the process where it is, as a host that falls silent: SIGSTOP. It is resumed when this process ends. */
  freeze(): void
  /** Lets a frozen process go on. */
  resume(): void
  /** Asks the node to end, and ends it if it does not. */
  stop(): Promise<void>
}

/** What a node process is started with. */
export interface NodeProcessInit {
  readonly index: number
  /** Flags of `cloudpeer start`. */
  readonly args: readonly string[]
  /** Its data directory; its log is `node.log` in there. */
  readonly directory: string
}

/** How long a node process may take to end, in ms: longer than the node's own limit. */
const endTimeoutMs = 7000

/** Where Node keeps compiled modules: nine processes that compile the same ones spend a quarter less of the processor on their start. */
const compileCache = join(tmpdir(), 'node-compile-cache')

const mainFile = fileURLToPath(new URL('../main.ts', import.meta.url))

/** Starts `cloudpeer start` with these flags. */
export function startNodeProcess({ index, args, directory }: NodeProcessInit, clock: Clock): NodeProcess {
  mkdirSync(directory, { recursive: true })
  const logFile = join(directory, 'node.log')
  const log = openSync(logFile, 'a')
  const child = fork(mainFile, ['start', '--data', directory, ...args], {
    execArgv: [],
    env: { NODE_COMPILE_CACHE: compileCache, ...plainEnvironment() },
    stdio: ['ignore', 'pipe', log, 'ipc']
  })
  closeSync(log)
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const ready = Promise.race([firstWords(child), ended.then(() => Promise.reject(endedEarly(index, logFile)))])
  // Whoever waits for it hears of it; a network that is being stopped does not wait any more.
  ready.catch(() => {})
  return controlled(child, directory, ready, ended, clock)
}

function controlled(child: ChildProcess, directory: string, ready: Promise<Ready>, ended: Promise<void>, clock: Clock): NodeProcess {
  const pid = child.pid ?? 0
  let guard: ThawGuard | undefined
  let frozen = false
  void ended.then(() => guard?.end())
  const resume = (): void => {
    child.kill('SIGCONT')
    frozen = false
  }
  return {
    pid,
    directory,
    ready,
    ended,
    get state() {
      if (child.exitCode !== null || child.signalCode !== null) return 'ended'
      return frozen ? 'frozen' : 'running'
    },
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
    freeze() {
      guard ??= startThawGuard(pid)
      frozen = true
      child.kill('SIGSTOP')
    },
    resume,
    async stop() {
      // A frozen process hears nothing.
      if (frozen) resume()
      await endProcess(child, ended, clock)
    }
  }
}

/** The operator's own settings for a node are not meant for these. */
function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('CLOUDPEER_')))
}

function firstWords(child: ChildProcess): Promise<Ready> {
  return new Promise((resolve) => {
    const lines = createInterface({ input: child.stdout as NonNullable<ChildProcess['stdout']> })
    lines.once('line', (line) => resolve(JSON.parse(line) as Ready))
  })
}

function endedEarly(node: number, logFile: string): CloudError {
  const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n')
  const words = lines.findLast((line) => /^(error: |\w*Error\b)/.test(line)) ?? lines.at(-1) ?? ''
  return new CloudError('NODE_ENDED', { node, problem: `${words.replace(/^error: /, '').slice(0, 512)} (${logFile})` })
}

async function endProcess(child: ChildProcess, ended: Promise<void>, clock: Clock): Promise<void> {
  // Not by a signal: Ctrl-C has reached the node already, and a second signal would cut its goodbye short.
  if (child.connected) child.disconnect()
  const timer = clock.schedule(endTimeoutMs, () => child.kill('SIGKILL'))
  await ended
  timer.cancel()
}
