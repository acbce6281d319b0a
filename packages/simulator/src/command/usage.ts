import { experiments } from '../experiments/catalogue.ts'

const rows = experiments.map(
  ({ name, question, takesSeconds }) => `  ${name.padEnd(18)} ${question}\n  ${' '.repeat(18)} about ${takesSeconds} s of one core`
)

/** What `cloudpeer simulate --help` says. */
export const usage = `Usage: cloudpeer simulate NAME [options]
       cloudpeer simulate list
       cloudpeer simulate seed N [LAST] [--nodes LEAST-MOST] [--trace] [--shrink] [--runs R] [--out DIR]
       cloudpeer simulate seed --scenario FILE [--trace]
       cloudpeer simulate grants [--grants N] [--seed S]

Runs an experiment on whole networks in virtual time, and writes each of its figures
as a table (JSON and Markdown) and a picture (SVG). list shows all parameters.

seed plays a network under the faults that the seed draws, and tells what did not hold.
--nodes bounds how many nodes the seed draws (default: 20-60; few find other bugs than many).
--trace tells each state transition in a line, --shrink finds a smaller scenario that
still fails in at most R runs (default: 200) and writes it to DIR (default: ./simulations).

grants plays small networks under faults, from seed S on, until N leases were granted
(default: 100000), and looks after each that no owner has leased more than it has.

${rows.join('\n')}

  --nodes N          nodes of the network
  --seed S           decides everything that chance decides (default: 1)
  --set KEY=VALUE    another parameter of the experiment; may be repeated
  --out DIR          where the files go (default: ./simulations/NAME)

The same name, seed and settings give the same files, byte by byte. Examples:
  cloudpeer simulate cost --nodes 100
  cloudpeer simulate seed 1 50
  cloudpeer simulate query-load --set popularity=zipf --set schemes=cloudpeer,matrix

Exit codes: 0 done, 1 failed or not everything held, 2 wrong usage
`
