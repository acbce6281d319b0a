import process from 'node:process'
import { parseArgs } from 'node:util'
import { createHunter, type Hunted } from './hunter.ts'
import { mechanicalMutants } from './mechanical.ts'
import { type Mutant, mutantFrom } from './mutant.ts'
import { plantedBugs } from './planted/index.ts'
import { dirtyLines, hasPassed, lineOf, summaryLines } from './report.ts'

/** Plants bugs, one at a time, and shows which checker of the simulator finds each with which seed; see `--help`. */
const usage = `usage: hunt.ts [--only TEXT]... [--list] [--mechanical N [--seed S]] [--seeds N] [--children N]

Plants known bugs into the sources, one at a time, and plays seeds of the simulator until one fails.
  --only TEXT       only mutants whose name has this text; may be given several times
  --list            show the mutants and hunt none
  --mechanical N    also N mutants drawn from all small changes of the protocols' sources
  --seed S          by which they are drawn: 1
  --seeds N         seeds that are tried before a mutant counts as a survivor: 500
  --children N      processes at once: 2
Exit status 1 if fewer than 95 % of the planted bugs were found.`

process.exitCode = await main()

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      list: { type: 'boolean', default: false },
      mechanical: { type: 'string', default: '0' },
      seed: { type: 'string', default: '1' },
      seeds: { type: 'string', default: '500' },
      children: { type: 'string', default: '2' },
      help: { type: 'boolean', default: false }
    }
  })
  const numbers = [values.mechanical, values.seed, values.seeds, values.children].map(Number)
  if (values.help || numbers.some((number) => !Number.isSafeInteger(number) || number < 0)) {
    console.log(usage)
    return values.help ? 0 : 2
  }
  const [mechanical = 0, seed = 1, seeds = 500, children = 2] = numbers
  const all = [...plantedBugs.map(mutantFrom), ...mechanicalMutants(mechanical, seed)]
  const mutants = all.filter(({ name }) => values.only.length === 0 || values.only.some((text) => name.includes(text)))
  if (values.list) {
    for (const { name, kind, file, line } of mutants) console.log(`${kind.padEnd(10)} ${name}  ${file}:${line}`)
    return 0
  }
  return huntAll(mutants, seeds, children)
}

async function huntAll(mutants: readonly Mutant[], seeds: number, children: number): Promise<number> {
  process.once('SIGINT', () => process.exit(130)).once('SIGTERM', () => process.exit(143))
  const hunter = createHunter(seeds)
  const hunted: Hunted[] = []
  const waiting = [...mutants]
  const work = async (): Promise<void> => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const { name } = mutant
      const one = await hunter.hunt(mutant, (seed) => progress(`${hunted.length} of ${mutants.length}; ${name}, seed ${seed}`))
      hunted.push(one)
      progress('')
      console.log(lineOf(one))
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, children) }, work))
  for (const line of [...dirtyLines(hunter.dirty), ...summaryLines(hunted)]) console.log(line)
  return hasPassed(hunted) ? 0 : 1
}

/** Shows where a long run is, on terminals. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}
