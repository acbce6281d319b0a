import { type Clock, CloudError, errorMessage, isCloudError, type Log, Semaphore, startDeadline } from '@cloudpeer/core'
import type { ScaleOut } from '@cloudpeer/provisioning'
import { startCommand } from './command.ts'
import '../errors.ts'

/** How long the hook may take for one request, in ms. */
export const scaleOutTimeoutMs = 30_000
/** Hooks that run at once, and that wait; requests beyond are told again when they are looked at again. */
const activeMax = 4
const waitingMax = 100

/**
 * Tells `target`, an http or https URL or else a command, of a request that no known owner could ever fit, and why: a POST, or the
 * standard input, of `{request, waiting}` as JSON. A failure is logged.
 */
export function createScaleOut(target: string, parts: { readonly clock: Clock; readonly log: Log }): ScaleOut {
  const turns = new Semaphore('scale-out hooks', activeMax, waitingMax)
  const tell = /^https?:\/\//.test(target) ? post : run
  return async (request, waiting) => {
    const text = JSON.stringify({ request, waiting })
    try {
      await turns.run(() => tell(target, text, parts.clock))
      parts.log.info('the infrastructure was told of a request', { request: request.id })
    } catch (error) {
      const problem = isCloudError(error) ? error.message : errorMessage(error)
      parts.log.warn('the infrastructure could not be told of a request', { request: request.id, problem })
    }
  }
}

async function post(url: string, body: string, clock: Clock): Promise<void> {
  const deadline = startDeadline(clock, scaleOutTimeoutMs)
  try {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(url, { method: 'POST', headers, body, redirect: 'error', signal: deadline.signal })
    await response.body?.cancel()
    if (!response.ok) throw new CloudError('HOOK_FAILED', { hook: url, problem: `status ${response.status}` })
  } finally {
    deadline.clear()
  }
}

async function run(command: string, line: string, clock: Clock): Promise<void> {
  const started = startCommand({ command, line, keepInput: false }, clock)
  const timer = clock.schedule(scaleOutTimeoutMs, () => void started.end(0))
  const how = await started.ended
  timer.cancel()
  if (how !== 'status 0') throw new CloudError('HOOK_FAILED', { hook: command, problem: how })
}
