import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import process from 'node:process'
import type { Mutant } from './mutant.ts'
import type { Subject } from './scenario.ts'

/** What a child plays: seeds with a mutant in place, or with none. */
export interface Play {
  readonly subject: Subject
  readonly mutant?: Mutant
  readonly fromSeed: number
  readonly toSeed: number
}

/** What a child tells when it begins a seed, and when it has ended it. */
export interface Played {
  readonly seed: number
  readonly ended: boolean
  readonly found?: Omit<Found, 'seed'>
}

/** The seed that showed a mutant, and how: by the name of a checker, or because the run did not end as runs do. */
export interface Found {
  readonly seed: number
  readonly by: string
  readonly detail: string
}

/**
 * Longest that one seed may take, in ms, for where virtual time stands still: a hundred times what one takes, so that no machine is so busy
 * that it counts as a find. Whoever talks without end is found by the number of deliveries.
 */
const seedMsMax = 600_000
/** Most memory of a child, in MiB: a mutant may want all there is. */
const memoryMiBMax = 1024

const children = new Set<ReturnType<typeof fork>>()
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

/** Plays seeds in a process of their own, which a mutant cannot harm but itself; the first that showed something. */
export async function play(what: Play, told: (seed: number) => void = () => {}): Promise<Found | undefined> {
  const child = fork(join(import.meta.dirname, 'play-seeds.ts'), [JSON.stringify(what)], {
    execArgv: [`--max-old-space-size=${memoryMiBMax}`],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc']
  })
  children.add(child)
  let seed = what.fromSeed
  let ended = false
  let found: Found | undefined
  let complaint = ''
  const hung = (): void => {
    found = { seed, by: 'hung', detail: `${seedMsMax / 1000} s without an end` }
    child.kill('SIGKILL')
  }
  let limit = setTimeout(hung, seedMsMax)
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-2000)
  })
  child.on('message', (played: Played) => {
    clearTimeout(limit)
    limit = setTimeout(hung, seedMsMax)
    seed = played.seed
    ended = played.ended
    if (played.found) found = { seed, ...played.found }
    if (ended) told(seed)
  })
  const [status] = await once(child, 'close')
  clearTimeout(limit)
  children.delete(child)
  if (found === undefined && !(ended && seed === what.toSeed)) return { seed, by: 'crashed', detail: `exit status ${status}: ${complaint}` }
  return found
}
