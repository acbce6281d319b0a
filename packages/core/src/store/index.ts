export { createFileStores, createMemoryStores } from './sqlite-store.ts'
