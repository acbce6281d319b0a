import type { StandingProblem, Status } from '@cloudpeer/api'
import { type ExitCode, exitCodes } from '../exit-code.ts'
import type { Paint } from '../output/paint.ts'
import { renderPairs } from '../output/table.ts'
import { byteSize, counted, duration, grouped, printable } from '../output/text.ts'
import type { Session } from '../session.ts'
import type { Shell } from '../shell.ts'

/** `cloudpeer status`. */
export function statusCommand(shell: Shell) {
  return shell
    .command('status')
    .description('the node: identity, addresses, members, shards, health')
    .action(() => shell.run(showStatus))
}

async function showStatus({ client, apiUrl, paint, show }: Session): Promise<ExitCode> {
  const status = await client.status()
  await show(status, () => renderStatus(status, apiUrl, paint))
  return exitCodes.done
}

function renderStatus(status: Status, apiUrl: string, paint: Paint): string {
  const { shards, routing, provisioning, addresses } = status
  return renderPairs(
    [
      ['network', `${printable(status.networkName)} (${printable(status.networkId)})${status.founder ? ', founded by this node' : ''}`],
      ['node', printable(status.peerId)],
      [
        'state',
        `${printable(status.state)}, up ${duration(status.uptimeMs)}, start ${grouped(status.epoch)}, pid ${status.pid}, version ${printable(status.version)}`
      ],
      ...healthPairs(status.problems, paint),
      ['members', `${grouped(status.members)} alive`],
      ['services', `${grouped(status.services.own)} of this node`],
      [
        'shards',
        `${grouped(shards.held)} held, ${grouped(shards.ready)} complete, ${counted(shards.records, 'record')}, ${byteSize(shards.bytes)}`
      ],
      [
        'capacity',
        `${printable(provisioning.owner)}, ${counted(provisioning.requests, 'open request')}; matches ${counted(provisioning.matcher.waiting, 'request')} with ${counted(provisioning.matcher.offers, 'offer')}`
      ],
      ['routing', `${counted(routing.crossChecked, 'look-up')} checked against kad-dht, ${grouped(routing.disagreed)} disagreed`],
      ['api', apiUrl],
      ...addresses.map((address, index) => [index === 0 ? 'addresses' : '', printable(address)] as const)
    ],
    paint
  )
}

/** What is wrong, since when, and what to do about it. */
function healthPairs(problems: readonly StandingProblem[], paint: Paint): readonly (readonly [string, string])[] {
  if (problems.length === 0) return [['health', paint.good('ok')]]
  return [
    ['health', paint.bad(counted(problems.length, 'problem'))],
    ...problems.flatMap(({ code, problem, remedy, since }) => [
      ['', `${paint.bad(printable(code))} since ${new Date(since).toISOString()}: ${printable(problem)}`] as const,
      ['', `  what to do: ${printable(remedy)}`] as const
    ])
  ]
}
