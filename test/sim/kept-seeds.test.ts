import { drawScenario } from '@cloudpeer/simulator'
import { keptSeeds, keptSizes } from './kept-seeds.ts'
import { lastSeed, play, playSeed } from './swarm.ts'

for (const seed of keptSeeds.keys()) if (seed > lastSeed) playSeed(seed)
for (const { seed, once, ...sizes } of keptSizes) {
  play(`seed ${seed} of ${sizes.nodesMin} to ${sizes.nodesMax} nodes, where once ${once}`, drawScenario(seed, sizes))
}
