import { type Clock, errorMessage, isCloudError, type Log, sleep } from '@cloudpeer/core'
import { createSystemRandom, systemClock } from '@cloudpeer/core/system'
import { type Config, loadConfig } from '../config/index.ts'
import { createLog } from '../log/log.ts'
import { printError } from '../terminal.ts'
import { type Ready, type RunningNode, startNode } from './start-node.ts'
import { aborted, listenForStop } from './stop-signal.ts'

/** How long a node may take to say goodbye, in ms. */
export const stopTimeoutMs = 5000

/** `cloudpeer start`: runs one node until it is told to stop. Resolves with the exit status. */
export async function startCommand(args: readonly string[]): Promise<number> {
  let config: Config
  try {
    config = loadConfig(args, process.env)
  } catch (error) {
    if (!isCloudError(error)) throw error
    return printError(error, 2)
  }
  const log = createLog({ level: config.logLevel, pretty: process.stderr.isTTY === true })
  using stop = listenForStop(systemClock)
  stopOnBugs(log)
  try {
    const node = await startNode(config, { clock: systemClock, random: createSystemRandom(), log }, stop.signal)
    announce(node.ready, config.json || !process.stdout.isTTY)
    await aborted(AbortSignal.any([stop.signal, node.left]))
    return await endNode(node, systemClock, log)
  } catch (error) {
    if (stop.signal.aborted && isCloudError(error, 'CANCELLED')) return 0
    if (!isCloudError(error)) throw error
    return printError(error, 1)
  }
}

/** A broken invariant may have broken more: the node ends and leaves its state to the disk and to its peers. */
function stopOnBugs(log: Log): void {
  const end = (error: unknown): never => {
    log.error('the node stops because of a bug', { error })
    process.exit(1)
  }
  process.on('uncaughtException', end)
  process.on('unhandledRejection', end)
}

async function endNode(node: RunningNode, clock: Clock, log: Log): Promise<number> {
  log.info('stopping')
  const late = new AbortController()
  const timeout = sleep(clock, stopTimeoutMs, late.signal).then(
    () => 'late' as const,
    () => 'done' as const
  )
  const outcome = await Promise.race([timeout, node.stop().then(() => 'done' as const)]).catch((error: unknown) => errorMessage(error))
  late.abort()
  if (outcome === 'done') return 0
  log.error('the node did not stop cleanly', { problem: outcome === 'late' ? `took more than ${stopTimeoutMs} ms` : outcome })
  // What still holds on would keep the process.
  process.exit(1)
}

function announce(ready: Ready, json: boolean): void {
  process.stdout.write(json ? `${JSON.stringify({ event: 'ready', ...ready })}\n` : sentences(ready))
}

function sentences({ peerId, networkId, addresses, api }: Ready): string {
  const join = addresses.map((address) => `  cloudpeer start --join ${address}\n`).join('')
  return `node ${peerId} of network ${networkId} is up\nAPI at ${api}; ask it with: cloudpeer status\nothers join with:\n${join}`
}
