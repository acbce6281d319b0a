#!/usr/bin/env node
import module from 'node:module'
import { runChild } from './child.js'
import { isSuitable, nodeMajorMin, suitableNode } from './place.js'

/** Which package's `main(argv)` serves a command; the rest belongs to {@link otherCommands}. */
const commands = {
  start: '../packages/node/src/main.ts',
  dev: '../packages/node/src/main.ts',
  simulate: '../packages/simulator/src/main.ts'
}
const otherCommands = '../packages/console/src/main.ts'

/** How long a command may take to stop once the process that started it over an IPC channel is gone, in ms. */
const orphanMsMax = 10_000

const argv = process.argv.slice(2)
process.exitCode = isSuitable() ? await run(argv) : await restart(argv)

async function run(argv) {
  module.enableCompileCache()
  endWithStarter()
  const { main } = await import(commands[argv[0]] ?? otherCommands).catch(explainMissing)
  return main(argv)
}

function explainMissing(error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
  const problem = error.message.split('\n')[0]
  return { main: () => fail(problem, 'install what Cloudpeer depends on: npm ci') }
}

function restart(argv) {
  const node = suitableNode()
  if (node !== undefined) return runChild(node, [import.meta.filename ?? process.argv[1], ...argv])
  return fail(`Cloudpeer needs Node ${nodeMajorMin} or newer, and this is ${process.version}`, 'install it with everything else: npm ci')
}

function fail(problem, hint) {
  console.error(`error: ${problem}\nhint: ${hint}`)
  return 1
}

/** Commands end by themselves when the channel closes; this is for one that cannot any more. */
function endWithStarter() {
  if (process.channel === undefined) return
  process.once('disconnect', () => setTimeout(() => process.exit(1), orphanMsMax).unref())
  process.channel.unref()
}
