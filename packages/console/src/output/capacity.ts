import type { CapacityReport } from '@cloudpeer/api'
import { cpuText, gpusText, quantityText } from './amounts.ts'
import { attributeText } from './matches.ts'
import type { Paint } from './paint.ts'
import { renderPairs, renderTable } from './table.ts'
import { duration, grouped, printable } from './text.ts'

/** What a node offers, and what of it is free. */
export function renderCapacity(report: CapacityReport, paint: Paint): string {
  const { total, free, attributes, cell } = report
  const others = Object.keys(total.others).map((name) => [
    printable(name),
    grouped(total.others[name] ?? 0),
    grouped(free.others[name] ?? 0)
  ])
  const rows = [
    ['cpu', cpuText(total.cpuMilli), cpuText(free.cpuMilli)],
    ['memory', quantityText(total.memoryMib), quantityText(free.memoryMib)],
    ['disk', quantityText(total.diskMib), quantityText(free.diskMib)],
    ['gpus', gpusText(total.gpus), gpusText(free.gpus.filter(({ milli }) => milli > 0))],
    ...others
  ]
  const found = Object.entries(attributes).map(([name, value]) => `${printable(name)}=${attributeText(value)}`)
  const pairs = renderPairs(
    [
      ['state', stateText(report, paint)],
      ['leases', leasesText(report)],
      ['found by', found.join(' ') || 'nothing'],
      ['cell', printable(cell)]
    ],
    paint
  )
  return `${pairs}\n\n${renderTable(['', 'total', 'free'], rows, paint)}`
}

/** How many there are of each kind: the active ones always, of the others those that there are. */
function leasesText({ held, active, recalled, ending }: CapacityReport): string {
  const others: readonly (readonly [number, string])[] = [
    [held, 'not confirmed yet'],
    [recalled, 'called back'],
    [ending, 'whose work is being stopped']
  ]
  const told = others.flatMap(([count, which]) => (count > 0 ? [`${grouped(count)} ${which}`] : []))
  return [`${grouped(active)} active`, ...told].join(', ')
}

function stateText({ state, quarantineMs }: CapacityReport, paint: Paint): string {
  if (state === 'open') return paint.good('open')
  if (state === 'idle') return paint.quiet('idle: it offers nothing; set some with: cloudpeer capacity set')
  if (state === 'draining') return paint.warning('draining: nothing is granted; leases go on unless they are called back')
  if (state === 'quarantined') return paint.warning(`quarantined: leases of before this start may last for ${duration(quarantineMs)}`)
  if (state === 'read-only') return paint.bad('read-only: the ledger could not be written; nothing is granted until the node restarts')
  return printable(state)
}
