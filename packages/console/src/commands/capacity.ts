import type { CapacityReport, Client, GivenCapacity } from '@cloudpeer/api'
import { InvalidArgumentError } from 'commander'
import { type ExitCode, exitCodes } from '../exit-code.ts'
import { cpuValue, namedAmount, namedValue, quantityValue } from '../option-values.ts'
import { renderCapacity } from '../output/capacity.ts'
import type { Session } from '../session.ts'
import type { Shell } from '../shell.ts'

const setHelp = `
What is not said stays as it is. Examples:
  cloudpeer capacity set --cpu 16 --memory 64GiB --disk 1TiB
  cloudpeer capacity set --gpu 4xA100M80 --gpu 2xT4
  cloudpeer capacity set --gpu none --other licences=5
  cloudpeer capacity set --attribute location=tokyo --attribute clock_mhz=2700

An attribute that is given several times has several values; name= removes it.
A value that looks like a number or like true or false is one; in double quotes
it is a text. CAPACITY_IN_USE says that more is leased than would be left.
`

type Gpus = NonNullable<GivenCapacity['gpus']>

interface SetOptions {
  readonly cpu?: number | undefined
  readonly memory?: number | undefined
  readonly disk?: number | undefined
  readonly gpu?: Gpus | undefined
  readonly other?: Readonly<Record<string, number>> | undefined
  readonly attribute?: ReadonlyMap<string, readonly string[]> | undefined
}

type AttributeValue = string | number | boolean

/** `cloudpeer capacity show | set | drain | undrain`. */
export function capacityCommand(shell: Shell) {
  const show = shell
    .command('show')
    .description('what the node offers, and what of it is leased')
    .action(() => shell.run((session) => showReport(session, session.client.capacity())))
  const drain = shell
    .command('drain')
    .option('--end-leases', 'call back all leases too: they last to their end, and are not renewed')
    .description('grant nothing any more; leases go on')
    .action(({ endLeases = false }) => shell.run((session) => showReport(session, session.client.drainCapacity({ endLeases }))))
  const undrain = shell
    .command('undrain')
    .description('grant again')
    .action(() => shell.run((session) => showReport(session, session.client.undrainCapacity())))
  return shell
    .command('capacity')
    .description('what this machine offers to others')
    .addCommand(show)
    .addCommand(setCommand(shell))
    .addCommand(drain)
    .addCommand(undrain)
}

function setCommand(shell: Shell) {
  return shell
    .command('set')
    .option('--cpu <n>', 'processors: 4, 0.5 or 500m', cpuValue)
    .option('--memory <size>', 'such as 8GiB', quantityValue)
    .option('--disk <size>', 'such as 100GiB', quantityValue)
    .option('--gpu <model>', 'a GPU, or 4xMODEL; may be repeated; none for none', gpuValue)
    .option('--other <name=n>', 'an amount of something else; may be repeated', namedAmount)
    .option('--attribute <name=value>', 'by which requests find the node; may be repeated', namedValue)
    .description('change what the node offers')
    .addHelpText('after', setHelp)
    .action((options) => shell.run((session) => showReport(session, setCapacity(session.client, options))))
}

async function showReport({ paint, show }: Session, asked: Promise<CapacityReport>): Promise<ExitCode> {
  const report = await asked
  await show(report, () => renderCapacity(report, paint))
  return exitCodes.done
}

async function setCapacity(client: Client, { cpu, memory, disk, gpu, other, attribute }: SetOptions): Promise<CapacityReport> {
  const { total, attributes } = await client.capacity()
  return client.setCapacity({
    total: {
      cpuMilli: cpu ?? total.cpuMilli,
      memoryMib: memory ?? total.memoryMib,
      diskMib: disk ?? total.diskMib,
      gpus: gpu ?? total.gpus,
      others: { ...total.others, ...other }
    },
    attributes: changed(attributes, attribute)
  })
}

function changed(attributes: CapacityReport['attributes'], changes: SetOptions['attribute']): Readonly<Record<string, unknown>> {
  const all: Record<string, unknown> = { ...attributes }
  for (const [name, texts] of changes ?? []) all[name] = valuesFrom(texts)
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

function valuesFrom(texts: readonly string[]): AttributeValue | readonly AttributeValue[] | undefined {
  if (texts.length === 1) return texts[0] === '' ? undefined : valueFrom(texts[0] as string)
  return texts.map(valueFrom)
}

function valueFrom(text: string): AttributeValue {
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text)
  if (text === 'true' || text === 'false') return text === 'true'
  return text.replace(/^"(.*)"$/s, '$1')
}

function gpuValue(text: string, earlier: Gpus = []): Gpus {
  if (text === 'none') return []
  const [, count = '1', model = text] = /^(\d{1,3})x(.+)$/.exec(text) ?? []
  if (model === '' || Number(count) < 1 || Number(count) > 64)
    throw new InvalidArgumentError('It must be MODEL, or COUNTxMODEL with 1 to 64.')
  return [...earlier, ...Array.from({ length: Number(count) }, () => ({ model }))]
}
