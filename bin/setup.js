import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { runChild } from './child.js'
import { install, SetupError } from './install.js'
import { root } from './place.js'

const biome = 'node_modules/@biomejs/biome/bin/biome'

/** What can be asked for: the Node programs that a task runs one after the other, until one fails. */
const tasks = {
  bench: (args) => filesIn('test/bench').map((file) => [file, ...args]),
  'bench:sim': (args) => [['test/bench/simulator.ts', ...args]],
  cloudpeer: (args) => [['bin/cloudpeer.js', ...args]],
  dev: (args) => [['bin/cloudpeer.js', 'dev', ...args]],
  format: (args) => [[biome, 'check', '--write', ...args]],
  lint: (args) => [[biome, 'check', ...args]],
  test: (args) => [['bin/test.js', ...args]],
  'test:mutants': (args) => [['test/mutants/hunt.ts', ...args]],
  typecheck: (args) => [['node_modules/typescript/bin/tsc', '-p', '.', ...args]]
}

process.exitCode = await setUpAndRun(process.argv[2], process.argv.slice(3))

/** Runs a task with all that it needs installed first, on any Node from 20 on; returns the exit status. */
async function setUpAndRun(name, args) {
  if (!Object.hasOwn(tasks, name)) {
    console.error(`usage: node bin/setup.js ${Object.keys(tasks).join('|')} [ARGUMENT]...`)
    return 2
  }
  try {
    return await runAll(await install(), tasks[name](args))
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    console.error(`error: ${error.message}`)
    return 1
  }
}

async function runAll(node, programs) {
  for (const args of programs) {
    const status = await runChild(node, args, { cwd: root })
    if (status !== 0) return status
  }
  return 0
}

/** The programs of a folder, in order. */
function filesIn(folder) {
  const path = join(root, folder)
  const names = existsSync(path) ? readdirSync(path) : []
  return names.filter((name) => name.endsWith('.ts')).map((name) => join(folder, name))
}
