import type { LeaveReport } from '@cloudpeer/api'
import { type ExitCode, exitCodes } from '../exit-code.ts'
import type { Paint } from '../output/paint.ts'
import { printable } from '../output/text.ts'
import type { Session } from '../session.ts'
import type { Shell } from '../shell.ts'

/** `cloudpeer leave`. */
export function leaveCommand(shell: Shell) {
  return shell
    .command('leave')
    .description('end the node for good: others take over what it holds, and forget it and its services')
    .action(() => shell.run(leave))
}

async function leave({ client, paint, show }: Session): Promise<ExitCode> {
  const report = await client.leave()
  await show(report, () => renderReport(report, paint))
  return report.complete ? exitCodes.done : exitCodes.incomplete
}

function renderReport({ complete, waiting }: LeaveReport, paint: Paint): string {
  if (complete) return 'the node has left; others have everything that it held'
  return paint.warning(`the node has left, and not everything that it held was handed over: ${waiting.map(printable).join(', ')}`)
}
