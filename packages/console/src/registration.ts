import type { Client, Registration } from '@cloudpeer/api'
import { CloudError } from '@cloudpeer/core'

/** Services in one request: half of what a node takes, so that an answer comes well within the time limit of a call. */
export const batchSize = 500

/**
 * Registers services in batches, in order. If a batch fails, the error counts in places of the whole list, and
 * `registered` tells how many before it stand.
 */
export async function registerAll(client: Client, services: readonly unknown[]): Promise<Registration[]> {
  const results: Registration[] = []
  for (let offset = 0; offset < services.length; offset += batchSize) {
    const batch = services.slice(offset, offset + batchSize)
    const reply = await client.registerServices({ services: batch }).catch((error: unknown) => {
      throw error instanceof CloudError && offset > 0 ? shifted(error, offset) : error
    })
    results.push(...reply.results)
  }
  return results
}

function shifted(error: CloudError, offset: number): CloudError {
  const shift = (text: string): string => text.replace(/\bservices\[(\d+)\]/, (_, index: string) => `services[${Number(index) + offset}]`)
  const { field } = error.fields
  const fields = { ...error.fields, ...(typeof field === 'string' ? { field: shift(field) } : {}), registered: offset }
  return new CloudError(error.code, fields, { cause: error, message: shift(error.message) })
}
