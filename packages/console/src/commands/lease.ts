import { allLeases } from '@cloudpeer/api'
import { type ExitCode, exitCodes } from '../exit-code.ts'
import { readLeaseFile } from '../lease-file.ts'
import { renderCheckedLease, renderLease, renderLeases } from '../output/leases.ts'
import { duration } from '../output/text.ts'
import type { Session } from '../session.ts'
import type { Shell } from '../shell.ts'

/** `cloudpeer lease list | show | renew | release | end | check`. */
export function leaseCommand(shell: Shell) {
  const named = (name: string, description: string, task: (session: Session, id: string) => Promise<ExitCode>) =>
    shell
      .command(name)
      .argument('<id>', 'the id of a lease: owner.epoch.seq')
      .description(description)
      .action((id) => shell.run((session) => task(session, id)))
  const list = shell
    .command('list')
    .description('the leases that the node has, and those that it granted')
    .action(() => shell.run(listLeases))
  const check = shell
    .command('check')
    .argument('<file>', 'what `lease show --json` printed, wherever that was; - is standard input')
    .description('whether a lease was signed by its owner; not whether it still lasts')
    .action((file) => shell.run((session) => checkLease(session, file)))
  return shell
    .command('lease')
    .description('capacity that is leased, from others or to them')
    .addCommand(list)
    .addCommand(named('show', 'one lease', showLease))
    .addCommand(named('renew', 'prolong a lease of this node now; it does so by itself', renewLease))
    .addCommand(named('release', 'give a lease of this node back', releaseLease))
    .addCommand(
      named(
        'end',
        'call back a lease that this node granted: it lasts to its end, and is not renewed; a node that is not drained may grant another in its place',
        endLease
      )
    )
    .addCommand(check)
}

async function listLeases({ client, paint, show }: Session): Promise<ExitCode> {
  const leases = await allLeases(client)
  await show({ leases }, () => renderLeases(leases, paint))
  return exitCodes.done
}

async function showLease({ client, paint, show }: Session, id: string): Promise<ExitCode> {
  const lease = await client.lease({ id })
  await show(lease, () => renderLease(lease, paint))
  return exitCodes.done
}

async function renewLease({ client, paint, show }: Session, id: string): Promise<ExitCode> {
  const lease = await client.renewLease({ id })
  await show(lease, () => renderLease(lease, paint))
  return exitCodes.done
}

async function releaseLease({ client, show }: Session, id: string): Promise<ExitCode> {
  const reply = await client.releaseLease({ id })
  await show(reply, () => `${id} is released`)
  return exitCodes.done
}

async function endLease({ client, show }: Session, id: string): Promise<ExitCode> {
  const reply = await client.endLease({ id })
  await show(reply, () => (reply.leftMs === 0 ? `${id} has ended` : `${id} ends within ${duration(reply.leftMs)}`))
  return exitCodes.done
}

async function checkLease({ client, io, paint, show }: Session, file: string): Promise<ExitCode> {
  const signed = await readLeaseFile(file, io.stdin)
  const checked = await client.checkLease({ signed })
  await show(checked, () => renderCheckedLease(checked, paint))
  return exitCodes.done
}
