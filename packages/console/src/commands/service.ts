import { allOwnServices, type OwnService, type Registration } from '@cloudpeer/api'
import { CloudError } from '@cloudpeer/core'
import { readDescriptionsFile } from '../descriptions-file.ts'
import { type ExitCode, exitCodes } from '../exit-code.ts'
import { incompleteLine } from '../output/answer.ts'
import { attributeText, cellWidthMax, renderMatch } from '../output/matches.ts'
import type { Paint } from '../output/paint.ts'
import { renderTable } from '../output/table.ts'
import { counted, grouped, printable, shortened } from '../output/text.ts'
import { registerAll } from '../registration.ts'
import type { Session } from '../session.ts'
import type { Shell } from '../shell.ts'

/** The most registrations that are listed one by one; a large file gets a summary. */
export const registrationRowsMax = 20

const registerHelp = `
A description has a name, attributes (a plain value, or a list where there are
several) and endpoints. A file holds one, a list, or several YAML documents:

  name: web-1
  attributes:
    location: Tokyo
    vcpus: 4
    os: [linux, windows]
  endpoints:
    - https://web-1.example

A service of the same name is replaced. Examples:
  cloudpeer service register web.yaml
  generate-descriptions | cloudpeer service register -
`

/** `cloudpeer service register | get | list | remove`. */
export function serviceCommand(shell: Shell) {
  const register = shell
    .command('register')
    .argument('<file>', 'descriptions in YAML or JSON; - for standard input')
    .description('register services of this node, or replace them')
    .addHelpText('after', registerHelp)
    .action((file) => shell.run((session) => registerFile(session, file)))
  const get = shell
    .command('get')
    .argument('<name>', 'the name of a service')
    .description('the services of one name in the whole network')
    .action((name) => shell.run((session) => showService(session, name)))
  const list = shell
    .command('list')
    .description('the services that this node has registered')
    .action(() => shell.run(listServices))
  const remove = shell
    .command('remove')
    .argument('<name>', 'the name of a service of this node')
    .description('remove a service of this node')
    .action((name) => shell.run((session) => removeService(session, name)))
  return shell
    .command('service')
    .description('register, look up, list and remove services')
    .addCommand(register)
    .addCommand(get)
    .addCommand(list)
    .addCommand(remove)
}

async function registerFile({ client, io, paint, show }: Session, file: string): Promise<ExitCode> {
  const results = await registerAll(client, await readDescriptionsFile(file, io.stdin))
  await show({ results }, () => renderRegistrations(results, paint))
  return exitCodes.done
}

function renderRegistrations(results: readonly Registration[], paint: Paint): string {
  const spreading = results.filter(({ acknowledged, replicas }) => acknowledged < replicas)
  const summary = `${counted(results.length, 'service')} registered`
  const footer = spreading.length === 0 ? summary : `${summary}, ${grouped(spreading.length)} still on the way to the last replicas`
  if (results.length === 0 || results.length > registrationRowsMax) return footer
  const rows = results.map((result) => [shortened(printable(result.name), cellWidthMax), String(result.seq), replicaText(result)])
  return `${renderTable(['name', 'seq', 'stored by'], rows, paint)}\n\n${footer}`
}

async function showService({ client, paint, show }: Session, name: string): Promise<ExitCode> {
  const reply = await client.findService({ name })
  await show(reply, () => {
    const found = reply.matches.map((match) => `${renderMatch(match, paint)}\n`)
    const end = reply.partial ? incompleteLine(reply.missing, paint) : counted(reply.matches.length, 'owner')
    return [...found, end].join('\n')
  })
  return reply.partial ? exitCodes.incomplete : exitCodes.done
}

async function listServices({ client, paint, show }: Session): Promise<ExitCode> {
  const services = await allOwnServices(client)
  await show({ services }, () => renderOwnServices(services, paint))
  return exitCodes.done
}

function renderOwnServices(services: readonly OwnService[], paint: Paint): string {
  const footer = `${counted(services.length, 'service')} of this node`
  if (services.length === 0) return footer
  const rows = services.map((service) => [
    shortened(printable(service.name), cellWidthMax),
    `${service.epoch}.${service.seq}`,
    replicaText(service),
    shortened(
      Object.entries(service.attributes)
        .map(([name, value]) => `${printable(name)}=${attributeText(value)}`)
        .join(' '),
      cellWidthMax
    )
  ])
  return `${renderTable(['name', 'version', 'stored by', 'attributes'], rows, paint)}\n\n${footer}`
}

async function removeService({ client, show }: Session, name: string): Promise<ExitCode> {
  const reply = await client.removeService({ name })
  if (!reply.removed) throw new CloudError('NOT_FOUND', { kind: 'service', name })
  await show(reply, () => `${name} is removed`)
  return exitCodes.done
}

function replicaText({ acknowledged, replicas }: Pick<Registration, 'acknowledged' | 'replicas'>): string {
  return `${acknowledged} of ${replicas}`
}
