import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { main } from '../../src/main.ts'

const directory = mkdtempSync(join(tmpdir(), 'cloudpeer-simulate-'))
after(() => rmSync(directory, { recursive: true }))

const quick = ['--nodes', '10', '--set', 'operations=2', '--set', 'schemes=attribute-shards']

test('an experiment writes its figures where it is told and says what is to be seen', async () => {
  const out = join(directory, 'deep', 'down')
  const { code, stdout, stderr } = await simulate('cost', ...quick, '--out', out)
  assert.deepEqual([code, stderr], [0, ''])
  assert.match(stdout, /In a network of 10 nodes a query takes/)
  assert.equal(readdirSync(out).length, 12)
  const { command, settings, series } = JSON.parse(readFileSync(join(out, 'query-messages.json'), 'utf8'))
  assert.equal(command, 'cloudpeer simulate cost --set nodes=10 --set operations=2 --set schemes=attribute-shards')
  assert.equal(settings.seed, '1')
  assert.equal(series[0].name, 'S1: attribute shards')
})

test('on a terminal progress is one line that is taken away at the end', async () => {
  const { stderr } = await simulateOn(true, 'cost', ...quick, '--out', join(directory, 'terminal'))
  assert.match(stderr, /^\r {2}0 % {2}S1: attribute shards, 10 nodes/)
  assert.ok(!stderr.includes('\n') && stderr.endsWith('\r\x1b[K'))
})

test('list shows every experiment with its parameters, help how to run one', async () => {
  const list = await simulate('list')
  for (const text of ['registration-load', 'query-load', 'cost', 'nodes=300', 'attribute-shards'])
    assert.ok(list.stdout.includes(text), text)
  for (const args of [[], ['--help'], ['cost', '-h']]) assert.match((await simulate(...args)).stdout, /^Usage: cloudpeer simulate NAME/)
})

for (const [args, problem] of [
  [['nonsense'], 'error: experiment: there is no "nonsense"; there are registration-load, query-load, cost'],
  [['toString'], 'error: experiment: there is no "toString"'],
  [['--nodes', '5'], 'error: experiment: none is named'],
  [['cost', 'query-load'], 'error: experiment: one at a time, not query-load too'],
  [['cost', '--nodes', 'many'], 'error: nodes: must be a whole number from 10 to 1000, not "many"'],
  [['cost', '--set', 'colour=red'], 'error: colour: is no parameter of this experiment; there are seed, nodes, operations'],
  [['cost', '--set', 'seed'], 'error: set: "seed" is not key=value'],
  [['cost', '--seed', '1', '--set', 'seed=2'], 'error: seed: is set twice'],
  [['cost', '--colour'], "error: command line: Unknown option '--colour'"],
  [['list', 'cost'], 'error: list: takes no cost'],
  [['grants', '--grants', '0'], 'error: grants: must be a whole number from 1 to 1000000000, not "0"'],
  [['seed', '1', '--nodes', '2'], 'error: nodes: must be a whole number from 3 to 1000, not "2"'],
  [['seed', '1', '--nodes', '9-3'], 'error: most nodes: must be a whole number from 9 to 1000, not "3"'],
  [['seed', '1', '--nodes', '3-9-27'], 'error: nodes: is one number, or a least and a most, as in 3-9'],
  [['grants', '--seed', 'one'], 'error: seed: must be a whole number from 0 to 1073741824, not "one"'],
  [['grants', 'cost'], 'error: grants: takes no cost']
] as const) {
  test(`simulate ${args.join(' ')} is wrong usage and says why`, async () => {
    const { code, stdout, stderr } = await simulate(...args)
    assert.deepEqual([code, stdout], [2, ''])
    assert.ok(stderr.startsWith(problem), stderr)
  })
}

test('a directory that cannot be made is told before anything runs', async () => {
  const file = join(directory, 'file')
  writeFileSync(file, '')
  const { code, stderr } = await simulate('query-load', '--out', join(file, 'below'))
  assert.equal(code, 2)
  assert.match(stderr, /^error: out: /)
})

function simulate(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return simulateOn(false, ...args)
}

async function simulateOn(isTTY: boolean, ...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const written = { stdout: '', stderr: '' }
  const output = (name: keyof typeof written) => ({
    isTTY,
    write(text: string): void {
      written[name] += text
    }
  })
  const code = await main(['simulate', ...args], { stdout: output('stdout'), stderr: output('stderr') })
  return { code, ...written }
}
