import { readFileSync } from 'node:fs'

/** Whether a process is there and has not ended: one that only waits to be collected by its parent has. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    // ESRCH: there is no such process.
    return false
  }
  return stateOf(pid) !== 'Z'
}

/** The state of a process where the system tells it (proc_pid_stat(5)): the letter behind the name, which may hold anything itself. */
function stateOf(pid: number): string | undefined {
  try {
    return /\) (\w) [^)]*$/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]
  } catch {
    // It has just ended, or this system has no /proc.
    return undefined
  }
}
