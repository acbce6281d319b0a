import { otherAmount } from './allocate.ts'
import type { Amounts, Capacity, Gpu } from './capacity.ts'

/**
 * How much a machine that has room for `amounts` would have left of what it then has least of, as a share of all that it has: 0 to 1.
 * The best fit is the machine with the least left over. All GPUs together count as one amount, and so does each of the others.
 */
export function leftOver(total: Capacity, free: Capacity, amounts: Amounts): number {
  const shares = [
    shareLeft(total.cpuMilli, free.cpuMilli, amounts.cpuMilli),
    shareLeft(total.memoryMib, free.memoryMib, amounts.memoryMib),
    shareLeft(total.diskMib, free.diskMib, amounts.diskMib),
    shareLeft(sumOf(total.gpus), sumOf(free.gpus), (amounts.gpu?.count ?? 0) * (amounts.gpu?.milli ?? 0)),
    ...Object.keys(total.others).map((name) =>
      shareLeft(otherAmount(total.others, name), otherAmount(free.others, name), otherAmount(amounts.others, name))
    )
  ]
  return Math.min(...shares)
}

/** Of what a machine does not have, it cannot run short. */
function shareLeft(total: number, free: number, amount: number): number {
  return total === 0 ? 1 : (free - amount) / total
}

function sumOf(gpus: readonly Gpu[]): number {
  return gpus.reduce((sum, { milli }) => sum + milli, 0)
}
