import './errors/codes.ts'

export { AssertionError, assert, present } from './assert.ts'
export { compareBytes, compareDistance, compareText, equalBytes, hexFromBytes } from './bytes/bytes.ts'
export { type Cancellation, Canceller, onAbort } from './clock/canceller.ts'
export { type Clock, type Deadline, sleep, startDeadline, type Timer } from './clock/clock.ts'
export { decode, encode } from './encoding/encoding.ts'
export { encodeReusing, keepEncoding } from './encoding/kept-encoding.ts'
export {
  CloudError,
  defineErrors,
  type ErrorDefinition,
  type ErrorFields,
  type ErrorTable,
  errorDefinition,
  errorMessage,
  isCloudError
} from './errors/cloud-error.ts'
export { cloudErrorFromWire, type WireError, wireErrorFrom } from './errors/wire-error.ts'
export type { PeerId } from './identity/peer-id.ts'
export { type BackoffOptions, backoffMs, retry } from './lifecycle/retry.ts'
export { createScope, type Scope, type ScopeComponents } from './lifecycle/scope.ts'
export { Semaphore } from './limits/semaphore.ts'
export { type Rate, TokenBucket } from './limits/token-bucket.ts'
export { type Log, type LogFields, silentLog } from './log/log.ts'
export { type Counter, createMemoryMetrics, type Histogram, type Labels, type MemoryMetrics, type Metrics } from './metrics/metrics.ts'
export { jittered, pick, type Random, randomFromWords, sample, seededRandom } from './random/random.ts'
export { bytesSchema, type Validator, validator } from './schema/schema.ts'
export type { Row, SqlValue, Statement, Store, StoreFactory, StoreOptions } from './store/store.ts'
