import type { Verifier } from '@cloudpeer/core/identity'
import { type CompiledQueries, createCompiledQueries, type Schema } from '@cloudpeer/model'
import { createVerifiedRecords, type VerifiedRecords } from './record/verified-records.ts'

/**
 * What is remembered because it is dear to find out, and is the same whoever finds it out: nodes of one network that live in one
 * process may share it, and then verify each record and compile each query once.
 */
export interface RegistryMemory {
  readonly records: VerifiedRecords
  readonly queries: CompiledQueries
}

/** A memory for nodes of one network and one schema. */
export function createRegistryMemory(network: string, schema: () => Schema, verifier: Verifier): RegistryMemory {
  return { records: createVerifiedRecords(network, verifier), queries: createCompiledQueries(schema) }
}
