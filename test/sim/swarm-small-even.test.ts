import { playSmallSeeds } from './swarm.ts'

playSmallSeeds(2)
