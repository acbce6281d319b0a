export { type Config, loadConfig } from './config/index.ts'
export { type Machine, type Ready, type RunningNode, startNode } from './daemon/start-node.ts'
export { nodeErrors } from './errors.ts'
export { main } from './main.ts'
