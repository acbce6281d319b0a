import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { whenStarterIsGone } from './starters.js'

/** How long a child may take to stop once nobody waits for it, in ms. */
const stopMsMax = 10_000

/**
 * Runs a command in the foreground; resolves with its exit status, 128 + n for signal n. The child does not outlive this
 * process or its starter: SIGTERM and SIGHUP are passed on, it is stopped once the starter is gone, and its IPC channel
 * tells it by 'disconnect' when this process died without a chance to tell. `output` is the stream for its stdout.
 */
export async function runChild(command, args, { output = 1, ...options } = {}) {
  const child = spawn(command, args, { ...options, stdio: [0, output, 2, 'ipc'] })
  const stopForwarding = forwardSignals(child)
  const stopWatching = whenStarterIsGone(() => {
    child.kill('SIGTERM')
    setTimeout(() => child.kill('SIGKILL'), stopMsMax).unref()
  })
  try {
    const [code, signal] = await once(child, 'exit')
    return signal === null ? code : 128 + constants.signals[signal]
  } finally {
    stopForwarding()
    stopWatching()
  }
}

function forwardSignals(child) {
  const pass = (signal) => child.kill(signal)
  // A terminal sends Ctrl-C to the child as well; a second SIGINT would cut its clean stop short.
  const interrupt = () => isOnTerminal() || child.kill('SIGINT')
  process.on('SIGTERM', pass).on('SIGHUP', pass).on('SIGINT', interrupt)
  return () => process.off('SIGTERM', pass).off('SIGHUP', pass).off('SIGINT', interrupt)
}

function isOnTerminal() {
  return process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY
}
