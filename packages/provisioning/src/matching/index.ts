export type { Demand, Proposal } from './demand.ts'
export { Matching } from './matching.ts'
export { compareWords, type OfferedCapacity, type OwnerView } from './owner-view.ts'
