import type { Command } from '@commander-js/extra-typings'
import manifest from '../package.json' with { type: 'json' }
import { apiUrlDefault } from './api-url.ts'
import { capacityCommand } from './commands/capacity.ts'
import { leaseCommand } from './commands/lease.ts'
import { leaveCommand } from './commands/leave.ts'
import { membersCommand } from './commands/members.ts'
import { queryCommand } from './commands/query.ts'
import { requestCommand } from './commands/request.ts'
import { serviceCommand } from './commands/service.ts'
import { statusCommand } from './commands/status.ts'
import { type ExitCode, exitCodes } from './exit-code.ts'
import { type Io, write } from './io.ts'
import { openSession } from './session.ts'
import { createCommand, type Shell } from './shell.ts'

const about = `Cloudpeer turns machines in many clouds into one cloud that nobody runs: each
machine starts one node, and publishes services, finds them, offers its capacity
and leases that of others through any node.`

const details = `
Commands that run nodes:
  cloudpeer dev [--nodes N] [--data DIR] [--exit] [--json]
      a network of N nodes on this machine, with services to try queries on
  cloudpeer start [--join MULTIADDR]... [--listen MULTIADDR]...
                  [--api HOST:PORT] [--data DIR] [--config FILE]
                  [--capacity cpu=4,memory=8GiB] [--workload COMMAND]
      one node of a network; without --join it founds a network
  cloudpeer simulate NAME | list
      an experiment on whole networks in virtual time, with its figures

Examples:
  cloudpeer start --join /dns4/node1.example/tcp/4001
  cloudpeer service register web.yaml
  cloudpeer query 'location == "Tokyo" && vcpus >= 4' --order-by vcpus
  cloudpeer request create 'location == "Tokyo"' --cpu 2 --memory 4GiB --wait
  cloudpeer status --api 7071 --json

The query language: cloudpeer help query

Exit codes:
  0  done
  1  failed
  2  wrong usage, or an error in the text of a query
  3  answered, but parts of the network could not be asked; not granted

Environment:
  CLOUDPEER_API  the address of the API, where --api does not give it
  NO_COLOR       no colours
`

/** Runs one command line and gives its exit code. Throws what went wrong, usage errors and shown help as a CommanderError. */
export async function runProgram(argv: readonly string[], io: Io): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.done
  let help = ''
  const command = (name: string): Command =>
    createCommand(name, io, (text) => {
      help += text
    })
  const program = createProgram({
    command,
    run: async (task) => {
      exitCode = await task(openSession(io, program.opts()))
    }
  })
  try {
    await program.parseAsync(argv, { from: 'user' })
  } finally {
    if (help !== '') await write(io.stdout, help)
  }
  return exitCode
}

function createProgram(shell: Shell): Command<[], { api?: string; json?: true }> {
  return shell
    .command('cloudpeer')
    .description(about)
    .version(manifest.version)
    .option('--api <address>', `the node to ask: URL, host:port or port (default: ${apiUrlDefault})`)
    .option('--json', 'print one JSON document, and errors as JSON')
    .addCommand(statusCommand(shell))
    .addCommand(membersCommand(shell))
    .addCommand(serviceCommand(shell))
    .addCommand(queryCommand(shell))
    .addCommand(capacityCommand(shell))
    .addCommand(requestCommand(shell))
    .addCommand(leaseCommand(shell))
    .addCommand(leaveCommand(shell))
    .addHelpText('after', details)
}
