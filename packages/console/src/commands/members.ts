import type { Member } from '@cloudpeer/api'
import { type ExitCode, exitCodes } from '../exit-code.ts'
import type { Paint } from '../output/paint.ts'
import { renderTable } from '../output/table.ts'
import { counted, printable, shortPeerId } from '../output/text.ts'
import type { Session } from '../session.ts'
import type { Shell } from '../shell.ts'

/** `cloudpeer members`. */
export function membersCommand(shell: Shell) {
  return shell
    .command('members')
    .description('the members of the network as this node knows them')
    .action(() => shell.run(showMembers))
}

async function showMembers({ client, paint, show }: Session): Promise<ExitCode> {
  const reply = await client.members()
  await show(reply, () => renderMembers(reply.members, paint))
  return exitCodes.done
}

function renderMembers(members: readonly Member[], paint: Paint): string {
  const rows = members.map((member) => [
    shortPeerId(member.peerId) + (member.self ? ' (this node)' : ''),
    painted(member.state, paint),
    String(member.epoch),
    String(member.incarnation),
    Object.entries(member.labels)
      .map(([name, value]) => printable(`${name}=${value}`))
      .join(' ') || '-',
    printable(member.addresses[0]?.replace(/\/p2p\/\w+$/, '') ?? '-')
  ])
  const alive = members.filter(({ state }) => state === 'ALIVE').length
  const table = renderTable(['peer', 'state', 'epoch', 'incarnation', 'labels', 'address'], rows, paint)
  return `${table}\n\n${counted(members.length, 'member')}, ${alive} alive`
}

function painted(state: Member['state'], paint: Paint): string {
  if (state === 'ALIVE') return paint.good(state)
  return state === 'SUSPECT' ? paint.warning(state) : paint.quiet(state)
}
