import { playSeeds } from './swarm.ts'

playSeeds(2)
