import { type Clock, hexFromBytes, type PeerId, present, type Random } from '@cloudpeer/core'
import type { Schema } from '@cloudpeer/model'
import type { Overlay } from '@cloudpeer/overlay'
import type { Documents } from '../documents/documents.ts'
import { requestIdLength } from '../documents/request.ts'
import { OwnRequest } from './own-request.ts'
import { relax } from './relax.ts'
import type { CheckedSpec } from './spec.ts'
import { UnitBook } from './unit-book.ts'

/** What writing requests works with. */
export interface RequestWriterParts {
  readonly network: string
  readonly clock: Clock
  readonly random: Random
  readonly overlay: Overlay
  readonly documents: Documents
  readonly schema: () => Schema
  /** How long matchers keep a request, in ms. */
  readonly ttlMs: number
}

/** Signs this node's requests. */
export interface RequestWriter {
  /** A new request, which nobody knows yet. INVALID where all of it together is too long. */
  write(spec: CheckedSpec): OwnRequest
  /** Signs a request anew without the lightest term of its expression. */
  relax(request: OwnRequest): void
}

/** Signs under the node's present epoch: what an older process signed for the same request gives way. */
export function createRequestWriter(parts: RequestWriterParts): RequestWriter {
  const { network, clock, random, overlay, documents, schema, ttlMs } = parts
  const requester: PeerId = overlay.self
  const epoch = (): number => present(overlay.member(requester), 'this node').epoch

  return {
    write(spec) {
      const { mayRelax: _mayRelax, deadlineMs: _deadlineMs, idempotencyKey: _key, ...wanted } = spec
      const id = hexFromBytes(random.bytes(requestIdLength / 2))
      const request = documents.requests.seal({ network, requester, id, epoch: epoch(), seq: 1, ttlMs, ...wanted })
      const units = Array.from({ length: spec.count }, () => ({ state: 'wanted' }) as const)
      const state = { state: 'waiting', createdAt: Math.round(clock.wallTime()), waitedMs: 0 } as const
      return new OwnRequest({ spec, request, book: new UnitBook(spec, units), ...state }, clock.now())
    },
    relax(own) {
      const { document } = own.request
      const expression = relax(document.expression, schema())
      own.replace(documents.requests.seal({ ...document, epoch: epoch(), seq: document.seq + 1, expression }))
    }
  }
}
