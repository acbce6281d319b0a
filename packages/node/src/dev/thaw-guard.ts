import { spawn } from 'node:child_process'

/** Sees to it that a frozen process does not outlive the one that froze it. */
export interface ThawGuard {
  /** Resumes the process, if it is still there, and ends the guard. */
  end(): void
}

/** Deaf to Ctrl-C, which reaches the whole group; it ends with its input. */
const script = 'trap \'\' INT TERM HUP; read -r _; kill -CONT "$0" 2>/dev/null'

/**
 * Starts a guard for the process `pid`: a shell that waits for the end of its input, which the operating system brings about
 * however this process ends, and then sends SIGCONT. A process that is stopped could not see its own channel close.
 */
export function startThawGuard(pid: number): ThawGuard {
  const { stdin } = spawn('sh', ['-c', script, String(pid)], { stdio: ['pipe', 'ignore', 'ignore'] })
  return { end: () => stdin.end() }
}
