import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** How often a waiting process looks whether its starters are still there, in ms. */
const checkMs = 1000

/** Calls `act` once, when the process that started this one has gone. Returns a function that ends the watch. */
export function whenStarterIsGone(act) {
  const parent = process.ppid
  const npm = npmBehindShell(parent)
  const watch = setInterval(() => {
    if (process.ppid === parent && (npm === undefined || isAlive(npm))) return
    clearInterval(watch)
    act()
  }, checkMs)
  return () => clearInterval(watch)
}

/** The npm that runs this as a script; the shell that it put in between would outlive it. */
function npmBehindShell(parent) {
  if (process.env.npm_lifecycle_event === undefined || process.platform === 'win32') return undefined
  const { command, starter } = describe(parent)
  return /(^|\/)(ba|da|z|k|a)?sh$/.test(command) ? starter : undefined
}

function describe(pid) {
  if (process.platform === 'linux') {
    const [, command, starter] = /\((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))
    return { command, starter: Number(starter) }
  }
  const [, starter, command] = /(\d+)\s+(.*\S)/.exec(execFileSync('ps', ['-o', 'ppid=,comm=', '-p', String(pid)], { encoding: 'utf8' }))
  return { command, starter: Number(starter) }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code !== 'ESRCH'
  }
}
