export type { RegistryComponents, RegistryInit } from './components.ts'
export { createRegistry } from './create-registry.ts'
export { registryErrors } from './errors.ts'
export { createRegistryMemory, type RegistryMemory } from './memory.ts'
export { type RegistryOptions, registryDefaults } from './options.ts'
export { queryProtocol } from './query/protocol.ts'
export {
  type Drained,
  type Explanation,
  type Match,
  type OwnService,
  type QueryAnswer,
  type QueryRequest,
  queryLimitDefault,
  queryLimitMax,
  type Registration,
  type Registry,
  type RegistryStatus
} from './registry.ts'
