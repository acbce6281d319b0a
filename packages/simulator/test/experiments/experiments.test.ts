import assert from 'node:assert/strict'
import { test } from 'node:test'
import { experimentNamed, experiments } from '../../src/experiments/catalogue.ts'
import type { Line } from '../../src/experiments/chart/chart.ts'
import { documentsOf } from '../../src/experiments/documents.ts'
import type { Report } from '../../src/experiments/experiment.ts'
import { settingsFrom } from '../../src/experiments/parameters.ts'
import { smallTrace } from '../placement/small-trace.ts'

/** Small instances, by experiment. */
const small: Readonly<Record<string, string>> = {
  'registration-load': 'nodes=12 services=80 pairs-max=50 popularity=zipf schemes=attribute-shards,matrix,cloudpeer',
  'query-load':
    'nodes=12 queries=240 loads=2 seconds=1 services=20 query-rate=10 popularity=zipf schemes=attribute-shards,matrix,cloudpeer',
  cost: 'nodes=30 operations=5',
  placement: 'trace=small load=2 strategies=cloudpeer,central-best-fit,power-of-two',
  gangs: 'owners=16 requests=150 strategies=cloudpeer,matching-only,optimistic,strict-fifo',
  attempts: 'owners=4 requests=150 strategies=cloudpeer,power-of-two,directory-10s'
}

const results = new Map<string, Promise<Result>>()

test('the same name, seed and settings give the same files, byte by byte; another seed gives others', async () => {
  const tiny = 'nodes=10 operations=2'
  const [first, again, other] = [await run('cost', tiny), await run('cost', tiny), await run('cost', `${tiny} seed=2`)]
  assert.deepEqual(first.documents, again.documents)
  assert.notDeepEqual(first.documents, other.documents)
})

test('every experiment gives a table and a picture per figure, and progress from 0 to 1', async () => {
  for (const { name } of experiments) {
    const { report, documents, shares } = await smallRun(name)
    assert.equal(documents.length, 3 * report.figures.length + 2 * (report.tables?.length ?? 0))
    assert.ok(shares.length > 0 && shares.every((share) => share >= 0 && share <= 1))
    for (const { chart } of report.figures) assert.ok(chart.lines.every(({ points }) => points.length > 0 && points.every(isFinitePoint)))
    for (const { name: file, text } of documents) assert.doesNotMatch(text, /NaN|undefined|Infinity/, file)
  }
})

test('as services come the share of those registered sinks, last in a matrix', async () => {
  const { report } = await smallRun('registration-load')
  const [shards, matrix] = linesOf(report) as [Line, Line]
  assert.equal(shards.points[0]?.y, 1)
  assert.ok(end(shards) < 1 && end(shards) < end(matrix), `${end(shards)} ${end(matrix)}`)
})

test('more queries in the same time make S1 fail, and Cloudpeer asks another replica', async () => {
  const { report } = await smallRun('query-load')
  const [shards, , cloudpeer] = linesOf(report) as [Line, Line, Line]
  assert.ok(end(shards) < (shards.points[0]?.y ?? 0) && end(shards) < end(cloudpeer), `${end(shards)} ${end(cloudpeer)}`)
})

test("a query of Cloudpeer takes two messages and one round trip at most, S1's grow with the network", async () => {
  const { report } = await smallRun('cost')
  const lines = (figure: string): readonly Line[] => report.figures.find(({ name }) => name === figure)?.chart.lines ?? []
  const [shards, , cloudpeer] = lines('query-messages') as [Line, Line, Line]
  assert.ok(cloudpeer.points.every(({ y }) => y <= 2))
  assert.ok(end(shards) > (shards.points[0]?.y ?? 0))
  assert.ok((lines('query-latency')[2]?.points ?? []).every(({ y }) => y <= 1))
})

test('a table tells of each strategy what it placed and what that took', async () => {
  const { report, documents } = await smallRun('placement')
  const [summary] = report.tables ?? []
  assert.deepEqual(
    summary?.rows.map((row) => row.slice(0, 3)),
    [
      ['Cloudpeer', 1, 1],
      ['Central, best fit', 1, 1],
      ['Power of two', 1, 1]
    ]
  )
  const page = documents.find(({ name }) => name === 'placement-summary.md')?.text ?? ''
  assert.match(page, /^\| Central, best fit \| 100 \| 100 \|/m)
  const { table, rows } = JSON.parse(documents.find(({ name }) => name === 'placement-summary.json')?.text ?? '')
  assert.deepEqual([table, rows[1][0], rows[1][8]], ['placement-summary', 'Central, best fit', null])
})

test('whoever wants many machines at once waits longest where nobody keeps them for it', async () => {
  const { report } = await smallRun('gangs')
  const [cloudpeer, , , optimistic] = linesOf(report)
  assert.ok(optimistic && end(optimistic) > 2 * (optimistic.points[0]?.y ?? 0))
  assert.ok(cloudpeer && end(cloudpeer) < end(optimistic))
})

test('the fuller the owners, the more often they must be asked, unless requests wait where capacity is told', async () => {
  const { report } = await smallRun('attempts')
  const [cloudpeer, ...others] = linesOf(report)
  for (const line of others) assert.ok(end(line) > (line.points[0]?.y ?? 0) && (line.points[0]?.y ?? 0) >= 1, line.name)
  assert.ok(cloudpeer?.points.every(({ y }) => y >= 1 && y <= 1.1))
})

test('what has to be read and is not named is refused', async () => {
  await assert.rejects(run('placement', 'load=2'), {
    code: 'INVALID',
    fields: { field: 'trace', problem: 'has to be given: --set trace=PATH' }
  })
})

test('an experiment that there is not is refused with those that there are', () => {
  assert.throws(() => experimentNamed('nonsense'), {
    code: 'INVALID',
    fields: {
      field: 'experiment',
      problem: 'there is no "nonsense"; there are registration-load, query-load, cost, placement, gangs, attempts'
    }
  })
})

/** What a run gave. */
interface Result {
  readonly report: Report
  readonly documents: ReturnType<typeof documentsOf>
  readonly shares: readonly number[]
}

/** The small instance of an experiment, run once for all tests. */
function smallRun(name: string): Promise<Result> {
  const known = results.get(name) ?? run(name, small[name] as string)
  results.set(name, known)
  return known
}

async function run(name: string, texts: string): Promise<Result> {
  const experiment = experimentNamed(name)
  const given = new Map(texts.split(' ').map((text) => text.split('=', 2) as [string, string]))
  const settings = settingsFrom(experiment.parameters, given)
  const shares: number[] = []
  const report = await experiment.run(settings, (share) => void shares.push(share), smallTrace())
  return { report, documents: documentsOf(experiment, settings, report), shares }
}

function linesOf({ figures }: Report): readonly Line[] {
  return figures[0]?.chart.lines ?? []
}

function end({ points }: Line): number {
  return points.at(-1)?.y ?? Number.NaN
}

function isFinitePoint({ x, y }: Line['points'][number]): boolean {
  return Number.isFinite(x) && Number.isFinite(y)
}
