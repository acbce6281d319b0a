import {
  allRequests,
  type Client,
  durationMsMax,
  type GivenAmounts,
  isUndecided,
  isWaiting,
  type RequestReport,
  requestPriorityMax,
  requestUnitsMax,
  requestWaitMsMax
} from '@cloudpeer/api'
import { CloudError } from '@cloudpeer/core'
import { gpusMax } from '@cloudpeer/model'
import { createRequest } from '../create-request.ts'
import { type ExitCode, exitCodes } from '../exit-code.ts'
import { cpuValue, durationValue, integerValue, keyValue, namedAmount, quantityValue, shareValue } from '../option-values.ts'
import { renderRequest, renderRequests } from '../output/requests.ts'
import type { Session } from '../session.ts'
import type { Shell } from '../shell.ts'
import { withExpression } from '../with-expression.ts'

const createHelp = `
The expression says which nodes will do, by the attributes that they offer, in
the query language (cloudpeer help query); true means any. Examples:
  cloudpeer request create 'location == "tokyo"' --cpu 2 --memory 4GiB
  cloudpeer request create true --gpu 1 --gpu-model A100M80,H100M80 --wait
  cloudpeer request create true --gpu-share 0.5 --duration 2h
  cloudpeer request create 'arch == "arm64"' --cpu 1 --count 16 --gang

The request waits in the network, also while this command has long ended; the
node takes what is granted, and renews it until it is released or cancelled.
Durations are 30s, 5m, 2h, 1d. Exit code 3 of --wait says that it was not granted.
Sent again with the same --key it is the same request, until an hour after its
end: a script that was cut off can be run again, and nothing is leased twice.
`

interface CreateOptions {
  readonly cpu?: number | undefined
  readonly memory?: number | undefined
  readonly disk?: number | undefined
  readonly gpu?: number | undefined
  readonly gpuModel?: string | undefined
  readonly gpuShare?: number | undefined
  readonly other?: Readonly<Record<string, number>> | undefined
  readonly count?: number | undefined
  readonly gang?: true | undefined
  readonly priority?: number | undefined
  readonly deadline?: number | undefined
  readonly duration?: number | undefined
  readonly relax?: true | undefined
  readonly key?: string | undefined
  readonly wait?: true | undefined
}

/** `cloudpeer request create | list | show | cancel`. */
export function requestCommand(shell: Shell) {
  const list = shell
    .command('list')
    .description('the requests of this node, newest first')
    .action(() => shell.run(listRequests))
  const show = shell
    .command('show')
    .argument('<id>', 'the id of a request of this node')
    .description('one request, its leases, and why it waits')
    .action((id) => shell.run((session) => showRequest(session, id)))
  const cancel = shell
    .command('cancel')
    .argument('<id>', 'the id of a request of this node')
    .description('withdraw a request and release its leases')
    .action((id) => shell.run((session) => cancelRequest(session, id)))
  return shell
    .command('request')
    .description('ask for capacity of other machines')
    .addCommand(createSubcommand(shell))
    .addCommand(list)
    .addCommand(show)
    .addCommand(cancel)
}

function createSubcommand(shell: Shell) {
  return shell
    .command('create')
    .argument('<expression>', 'what the machine must satisfy')
    .option('--cpu <n>', 'processors: 2, 0.5 or 500m', cpuValue)
    .option('--memory <size>', 'such as 4GiB', quantityValue)
    .option('--disk <size>', 'such as 10GiB', quantityValue)
    .option('--gpu <n>', 'GPUs of one machine', integerValue(1, gpusMax))
    .option('--gpu-model <models>', 'those that will do, separated by commas')
    .option('--gpu-share <part>', 'such as 0.5, of each GPU', shareValue)
    .option('--other <name=n>', 'an amount of something else; may be repeated', namedAmount)
    .option('--count <n>', `leases, each from any machine: 1 to ${requestUnitsMax}`, integerValue(1, requestUnitsMax))
    .option('--gang', 'all of them or none')
    .option('--priority <p>', `0 to ${requestPriorityMax}, higher goes first (default: 4)`, integerValue(0, requestPriorityMax))
    .option('--deadline <t>', 'how long it may wait', durationValue(durationMsMax))
    .option('--duration <t>', 'how long each lease is wanted', durationValue(durationMsMax))
    .option('--relax', 'drop terms when no known machine could ever fit')
    .option('--key <key>', 'any text that no other request of this node has', keyValue)
    .option('--wait', 'wait until it is granted')
    .description('ask for capacity')
    .addHelpText('after', createHelp)
    .action((expression, options) => shell.run((session) => askForCapacity(session, expression, options)))
}

async function askForCapacity(session: Session, expression: string, options: CreateOptions): Promise<ExitCode> {
  const { count, gang, priority, deadline, duration, relax, key, wait } = options
  const request = {
    expression,
    amounts: amountsOf(options),
    count,
    gang,
    priority,
    deadlineMs: deadline,
    durationMs: duration,
    mayRelax: relax,
    idempotencyKey: key
  }
  const created = await createRequest(session, request).catch((error: unknown) => {
    throw error instanceof CloudError ? withExpression(error, expression) : error
  })
  const status = wait ? await untilDecided(session.client, created) : created
  await showWithReasons(session, status)
  return wait && status.state !== 'granted' ? exitCodes.incomplete : exitCodes.done
}

function amountsOf({ cpu, memory, disk, gpu, gpuModel, gpuShare, other }: CreateOptions): GivenAmounts {
  const wantsGpu = gpu !== undefined || gpuModel !== undefined || gpuShare !== undefined
  const models = gpuModel?.split(',').map((model) => model.trim())
  return {
    cpuMilli: cpu,
    memoryMib: memory,
    diskMib: disk,
    others: other,
    ...(wantsGpu && { gpu: { count: gpu, milli: gpuShare, models } })
  }
}

/** Asks again and again: one call waits for {@link requestWaitMsMax} at most. */
async function untilDecided(client: Client, created: RequestReport): Promise<RequestReport> {
  let status = created
  while (isUndecided(status)) status = await client.request({ id: status.id, waitMs: requestWaitMsMax })
  return status
}

async function listRequests({ client, paint, show }: Session): Promise<ExitCode> {
  const requests = await allRequests(client)
  await show({ requests }, () => renderRequests(requests, paint))
  return exitCodes.done
}

async function showRequest(session: Session, id: string): Promise<ExitCode> {
  await showWithReasons(session, await session.client.request({ id }))
  return exitCodes.done
}

async function showWithReasons({ client, paint, show }: Session, request: RequestReport): Promise<void> {
  const why = isWaiting(request) ? await client.explainRequest({ id: request.id }) : undefined
  await show({ ...request, ...(why && { why }) }, () => renderRequest(request, why, paint))
}

async function cancelRequest({ client, paint, show }: Session, id: string): Promise<ExitCode> {
  const request = await client.cancelRequest({ id })
  await show(request, () => renderRequest(request, undefined, paint))
  return exitCodes.done
}
