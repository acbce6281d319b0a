import { allOwnServices } from '@cloudpeer/api'
import { type Clock, CloudError, isCloudError, sleep } from '@cloudpeer/core'
import type { CatalogueService } from './catalogue/catalogue.ts'
import type { DevNode } from './dev-network.ts'

/** Services sent with one request. */
const batchSize = 500
/** How long the network may take to replicate everything, in ms. */
const replicateTimeoutMs = 120_000
const replicatePollMs = 250

/** How publishing is done. */
export interface PublishOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Told how many services have been handed over. */
  readonly onProgress?: (done: number) => void
}

/**
 * Has every node register its share, all nodes at once, and resolves when all replicas have everything: a read asks one
 * replica, and would miss what only a majority has so far. TIMED_OUT.
 */
export async function publishShares(
  nodes: readonly DevNode[],
  shares: readonly (readonly CatalogueService[])[],
  options: PublishOptions
): Promise<void> {
  let done = 0
  const publish = async (node: DevNode): Promise<void> => {
    const share = shares[node.index] ?? []
    for (let start = 0; start < share.length; start += batchSize) {
      const batch = share.slice(start, start + batchSize)
      await register(node, batch, options.signal)
      done += batch.length
      options.onProgress?.(done)
    }
    await untilReplicated(node, options)
  }
  await Promise.all(nodes.map(publish))
}

async function register({ client }: DevNode, services: readonly CatalogueService[], signal: AbortSignal): Promise<void> {
  try {
    await client.registerServices({ services: [...services] }, { signal })
  } catch (error) {
    // A slow machine may need longer than a node waits; the node goes on offering what was not acknowledged in time.
    if (!isCloudError(error, 'UNACKNOWLEDGED')) throw error
  }
}

async function untilReplicated({ client }: DevNode, { clock, signal }: PublishOptions): Promise<void> {
  const endMs = clock.now() + replicateTimeoutMs
  while ((await allOwnServices(client, { signal })).some(({ acknowledged, replicas }) => acknowledged < replicas)) {
    if (clock.now() > endMs)
      throw new CloudError('TIMED_OUT', { operation: 'the replication of the catalogue', timeoutMs: replicateTimeoutMs })
    await sleep(clock, replicatePollMs, signal)
  }
}
