import type { findServiceRoute, ReplyOf } from '@cloudpeer/api'
import { CloudError } from '@cloudpeer/core'
import { type QueryAnswer, queryLimitMax, type Registry } from '@cloudpeer/registry'

/** How one name is looked up. */
export interface FindServiceOptions {
  readonly signal?: AbortSignal
  /** Most owners of one page; as many as an answer may have if not given. */
  readonly pageRows?: number
}

/** The services of one name in the whole network, of all owners, page after page. NOT_FOUND where a complete answer has none. */
export async function findService(
  query: Registry['query'],
  name: string,
  { signal, pageRows = queryLimitMax }: FindServiceOptions = {}
): Promise<ReplyOf<typeof findServiceRoute>> {
  const request = { expression: `name == ${JSON.stringify(name)}`, limit: pageRows }
  const pages: QueryAnswer[] = []
  for (let after: string | undefined; pages.length === 0 || after !== undefined; after = pages.at(-1)?.next) {
    pages.push(await query({ ...request, ...(after !== undefined && { after }) }, { ...(signal && { signal }) }))
  }
  const matches = pages.flatMap((page) => page.matches)
  const missing = [...new Set(pages.flatMap((page) => page.missing))]
  if (matches.length === 0 && missing.length === 0) throw serviceNotFound(name)
  return { matches, partial: missing.length > 0, missing } as never
}

/** NOT_FOUND for a service. */
export function serviceNotFound(name: string): CloudError {
  return new CloudError('NOT_FOUND', { kind: 'service', name })
}
