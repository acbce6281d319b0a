import { CloudError } from '@cloudpeer/core'
import type { CompiledQueries } from '@cloudpeer/model'
import type { RequestSpec } from '../provisioning.ts'
import type { OwnRequest } from './own-request.ts'
import type { RequestKeeper } from './request-keeper.ts'
import type { RequestWriter } from './request-writer.ts'
import { type CheckedSpec, checkSpec, isSame } from './spec.ts'

/** What creating requests works with. */
export interface CreationParts {
  readonly queries: CompiledQueries
  readonly writer: Pick<RequestWriter, 'write'>
  readonly keeper: Pick<RequestKeeper, 'add' | 'keyed' | 'openCount'>
  /** Open requests of this node. */
  readonly openMax: number
  /** Resolves when matchers know of a request, or have had their time. */
  readonly submitted: (request: OwnRequest) => Promise<void>
}

/** A request, and whether it was there already. */
export interface Created {
  readonly request: OwnRequest
  readonly repeated: boolean
}

/**
 * Creates requests, of those with one key one. Whoever sends it again while the first is still being written waits for what becomes of that:
 * as long as a request is not on disk, nobody is told of it. INVALID, QUERY_*, IDEMPOTENCY_KEY_REUSED, REQUESTS_FULL, STORE_FULL, STORE_FAILED.
 */
export function createCreation(parts: CreationParts): (asked: RequestSpec) => Promise<Created> {
  const { queries, writer, keeper, openMax, submitted } = parts
  const underWay = new Map<OwnRequest, Promise<void>>()

  function sentBefore(spec: CheckedSpec): OwnRequest | undefined {
    const { idempotencyKey: key } = spec
    if (key === undefined) return undefined
    const known = keeper.keyed(key)
    if (known !== undefined && !isSame(known.spec, spec)) throw new CloudError('IDEMPOTENCY_KEY_REUSED', { key, request: known.id })
    return known
  }

  function begin(spec: CheckedSpec): OwnRequest {
    if (keeper.openCount >= openMax) throw new CloudError('REQUESTS_FULL', { max: openMax })
    const request = writer.write(spec)
    const taken = take(request).finally(() => underWay.delete(request))
    underWay.set(request, taken)
    return request
  }

  async function take(request: OwnRequest): Promise<void> {
    await keeper.add(request)
    await submitted(request)
  }

  return async (asked) => {
    const spec = checkSpec(asked, queries)
    const known = sentBefore(spec)
    const request = known ?? begin(spec)
    await underWay.get(request)
    return { request, repeated: known !== undefined }
  }
}
