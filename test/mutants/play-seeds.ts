import { registerHooks } from 'node:module'
import { join } from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { root } from '../tidy/tree.ts'
import { type Mutant, mutated } from './mutant.ts'
import type { Play, Played } from './play.ts'

/** Most deliveries of one seed: three times what the busiest have. */
const deliveriesMax = 600_000

/** The child of a hunt: puts one mutant in place of the sources as they are loaded, and plays seeds until one of them finds it. */
const { subject, mutant, fromSeed, toSeed } = JSON.parse(process.argv[2] ?? '{}') as Play
process.once('disconnect', () => process.exit())
if (mutant !== undefined) putInPlace(mutant)
const { runScenario } = await import('@cloudpeer/simulator')
const { scenarioOf } = await import('./scenario.ts')
for (let seed = fromSeed; seed <= toSeed; seed++) {
  await tell({ seed, ended: false })
  const { violation } = await runScenario(scenarioOf(subject, seed), { deliveriesMax })
  await tell({ seed, ended: true, ...(violation && { found: { by: violation.checker, detail: violation.findings[0] ?? '' } }) })
  if (violation !== undefined) break
}
process.exit()

function putInPlace(planted: Mutant): void {
  const wanted = pathToFileURL(join(root, planted.file)).href
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context)
      return url === wanted ? { ...loaded, source: mutated(String(loaded.source), planted) } : loaded
    }
  })
}

function tell(played: Played): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(played, undefined, undefined, () => resolve())
  })
}
