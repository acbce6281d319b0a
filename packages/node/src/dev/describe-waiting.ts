import { styleText } from 'node:util'
import { waitingReasons } from '@cloudpeer/api'
import { duration } from './report.ts'
import type { ExampleResult, WaitingTour } from './waiting-tour.ts'

/** The requests of the tour, what became of them, and why, as a person reads them. */
export function describeWaiting({ results, vm, grantedMs, right }: WaitingTour, number: number): string {
  return [
    '',
    `${number}. ${styleText('bold', 'Requests wait until what they need appears')}`,
    '   Three requests for one core of a machine:',
    ...results.flatMap(asked),
    '',
    `   A machine joins: authenticator, 2.7 GHz, one core, Europe. It is node ${vm.index}; ${duration(grantedMs)} later:`,
    ...results.flatMap(since),
    `   as it must be: ${right ? styleText('green', 'yes') : styleText('red', 'NO')}`,
    ''
  ].join('\n')
}

function asked({ title, expression, node, whyBefore }: ExampleResult, index: number): readonly string[] {
  return [
    '',
    `   ${index + 1}) ${title}; asked at node ${node.index} (${node.location})`,
    `      cloudpeer request create '${expression}' --cpu 1`,
    `      ${styleText('yellow', 'waits')}`,
    ...waitingReasons(whyBefore).map((reason) => `        ${reason}`)
  ]
}

function since({ title, after, whyAfter }: ExampleResult, index: number): readonly string[] {
  const name = `   ${index + 1}) ${title}`
  if (whyAfter !== undefined)
    return [`${name}: ${styleText('yellow', 'still waits')}`, ...waitingReasons(whyAfter).map((reason) => `        ${reason}`)]
  const leases = after.units.flatMap(({ lease }) => lease ?? [])
  return [`${name}: ${styleText('green', after.state)}`, ...leases.map((lease) => `        lease ${lease}`)]
}

/** The same for programs. */
export function waitingDocument({ results, vm, grantedMs, right }: WaitingTour): unknown {
  return {
    vm: vm.peerId,
    grantedMs: Math.round(grantedMs),
    right,
    requests: results.map(({ title, expression, before, whyBefore, after, whyAfter }) => ({
      title,
      expression,
      id: after.id,
      before: before.state,
      whyBefore,
      after: after.state,
      ...(whyAfter && { whyAfter }),
      leases: after.units.flatMap(({ lease }) => lease ?? [])
    }))
  }
}
