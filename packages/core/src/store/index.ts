export { failStop } from './fail-stop.ts'
export { createFileStores, createMemoryStores, type MemoryStore, type MemoryStoreFactory } from './sqlite-store.ts'
