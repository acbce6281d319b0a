export { createSimulatedCloud, type SimulatedCloud, type SimulatedCloudInit, type SimulatedNode } from './cloud/simulated-cloud.ts'
export { createQueryGenerator, type GeneratedQuery } from './workload/queries.ts'
export { createRecordGenerator, workloadSchema } from './workload/records.ts'
