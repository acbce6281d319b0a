export { createSimulatedNetwork, type SimulatedNetwork, type SimulatedNetworkInit, type SimulatedNodeInit } from './network.ts'
export type { SimulatedComponents } from './simulated-transport.ts'
