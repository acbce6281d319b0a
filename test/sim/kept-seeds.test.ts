import { keptSeeds } from './kept-seeds.ts'
import { lastSeed, playSeed } from './swarm.ts'

for (const seed of keptSeeds.keys()) if (seed > lastSeed) playSeed(seed)
