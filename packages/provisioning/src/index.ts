export type { ProvisioningComponents, ProvisioningInit } from './components.ts'
export { createProvisioning } from './create-provisioning.ts'
export { checkLease, type Lease, leaseId } from './documents/lease.ts'
export { provisioningErrors } from './errors.ts'
export { type ProvisioningOptions, provisioningDefaults } from './options.ts'
export type {
  CapacityStatus,
  LeaseStatus,
  OwnedCapacity,
  OwnerState,
  Provisioning,
  ProvisioningStatus,
  RequestSpec,
  RequestStatus,
  ScaleOut,
  Waiting,
  Workloads
} from './provisioning.ts'
