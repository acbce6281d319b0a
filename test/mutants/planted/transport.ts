import type { PlantedBug } from '../mutant.ts'

const exchange = 'packages/transport/src/exchange'

/** Bugs of what every request goes through. */
export const transportBugs: readonly PlantedBug[] = [
  {
    name: 'a request that was answered still counts as in flight',
    file: `${exchange}/exchange.ts`,
    find: 'const release = (): void => this.#admission.release(from)',
    replace: 'const release = (): void => void from'
  },
  {
    name: 'a request does not time out',
    file: `${exchange}/exchange.ts`,
    find: 'const deadline = startDeadline(clock, timeoutMs, options.signal)',
    replace: 'const deadline = startDeadline(clock, 86_400_000 + timeoutMs, options.signal)'
  },
  {
    name: 'a deadline runs on after the reply',
    file: `${exchange}/exchange.ts`,
    find: '        deadline.clear()\n',
    replace: ''
  },
  {
    name: 'a failure is not told',
    file: `${exchange}/exchange.ts`,
    find: 'if (!deadline.canceller.aborted) fail(error)',
    replace: 'if (deadline.canceller.aborted) fail(error)'
  },
  {
    name: 'a cancelled handler is waited for',
    file: `${exchange}/abortable.ts`,
    find: 'const forget = onAbort(cancellation, () => reject(reason()))',
    replace: 'const forget = (): void => {}'
  }
]
