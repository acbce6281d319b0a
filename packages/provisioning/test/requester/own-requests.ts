import type { PeerId } from '@cloudpeer/core'
import { createCompiledQueries, emptySchema } from '@cloudpeer/model'
import { OwnRequest } from '../../src/requester/own-request.ts'
import { checkSpec } from '../../src/requester/spec.ts'
import { UnitBook } from '../../src/requester/unit-book.ts'
import { cpus } from '../network.ts'

/** A request with a document of so many bytes, whose signature nobody looks at. */
export function ownRequest(id: string, bytes = 200): OwnRequest {
  const spec = checkSpec(
    { expression: 'true', amounts: cpus(500) },
    createCompiledQueries(() => emptySchema)
  )
  const { mayRelax: _, deadlineMs: __, ...wanted } = spec
  const document = { network: 'test', requester: 'requester' as PeerId, id, epoch: 1, seq: 1, ttlMs: 60_000, ...wanted }
  const book = new UnitBook(spec, [{ state: 'wanted' }])
  const request = { document, signed: [new Uint8Array(bytes), new Uint8Array(64)] } as const
  return new OwnRequest({ spec, request, book, state: 'waiting', createdAt: 0, waitedMs: 0 }, 0)
}
