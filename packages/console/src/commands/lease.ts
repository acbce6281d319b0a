import { allLeases } from '@cloudpeer/api'
import { type ExitCode, exitCodes } from '../exit-code.ts'
import { renderLease, renderLeases } from '../output/leases.ts'
import type { Session } from '../session.ts'
import type { Shell } from '../shell.ts'

/** `cloudpeer lease list | show | renew | release`. */
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
  return shell
    .command('lease')
    .description('capacity that is leased, from others or to them')
    .addCommand(list)
    .addCommand(named('show', 'one lease', showLease))
    .addCommand(named('renew', 'prolong a lease of this node now; it does so by itself', renewLease))
    .addCommand(named('release', 'give a lease of this node back', releaseLease))
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
