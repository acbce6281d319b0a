import { enableCompileCache } from 'node:module'
import { CloudError } from '@cloudpeer/core'
import { printError } from './terminal.ts'
import { usage } from './usage.ts'
import './errors.ts'

/** Runs `start` or `dev` with the rest of `argv`; resolves with the exit status: 0 done, 1 failed, 2 wrong usage. */
export async function main(argv: readonly string[]): Promise<number> {
  // A reader that has gone, such as `| head`, is no reason to end without a goodbye.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  const [command, ...args] = argv
  const help = args.some((arg) => arg === '--help' || arg === '-h') ? usage[command ?? ''] : undefined
  if (help !== undefined) {
    process.stdout.write(help)
    return 0
  }
  if (command === 'start') return (await import('./daemon/start-command.ts')).startCommand(args)
  if (command === 'dev') return (await import('./dev/dev-command.ts')).devCommand(args)
  return printError(new CloudError('INVALID', { field: 'command', problem: `${command ?? 'none'} is neither start nor dev` }), 2)
}

if (import.meta.main) {
  enableCompileCache()
  process.exit(await main(process.argv.slice(2)))
}
