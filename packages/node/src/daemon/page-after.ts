import { CloudError } from '@cloudpeer/core'

/** A page of a list, and where the next begins; `next` is absent at the end. */
export interface PageAfter<T> {
  readonly items: readonly T[]
  readonly next?: string
}

/** At most `limit` items behind the one that `idOf` calls `after`. INVALID, naming `after`, if there is none: it has gone meanwhile. */
export function pageAfter<T>(
  items: readonly T[],
  idOf: (item: T) => string,
  { limit, after }: { readonly limit: number; readonly after?: string | undefined }
): PageAfter<T> {
  const start = after === undefined ? 0 : items.findIndex((item) => idOf(item) === after) + 1
  if (after !== undefined && start === 0)
    throw new CloudError('INVALID', { field: 'after', problem: 'is not there any more: begin with the first page' })
  const page = items.slice(start, start + limit)
  const last = page.at(-1)
  return { items: page, ...(last !== undefined && start + limit < items.length && { next: idOf(last) }) }
}
