import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'node:test'
import { systemClock } from '@cloudpeer/core/system'
import {
  type CatalogueService,
  type DevNetwork,
  type DevNode,
  publishShares,
  shareOutCatalogue,
  startDevNetwork
} from '@cloudpeer/node/dev'

/** A service of the catalogue and the peer id of its owner. */
export interface Published extends CatalogueService {
  readonly owner: string
}

/** The network of a test file, there once its tests run. */
export interface CatalogueNetwork {
  readonly nodes: readonly DevNode[]
  /** Everything that is registered, by name. */
  readonly published: readonly Published[]
}

/** Before the tests of this file starts nodes that have registered the catalogue; ends them afterwards. */
export function useCatalogueNetwork(nodeCount: number): CatalogueNetwork {
  const directory = mkdtempSync(join(tmpdir(), 'cloudpeer-e2e-'))
  let network: DevNetwork | undefined
  let published: readonly Published[] = []
  before(
    async () => {
      const { signal } = new AbortController()
      network = await startDevNetwork({ nodes: nodeCount, directory, apiPort: 0, clock: systemClock, signal })
      const shares = shareOutCatalogue(nodeCount)
      await publishShares(network.nodes, shares, { clock: systemClock, signal })
      published = network.nodes.flatMap(({ index, peerId }) => (shares[index] ?? []).map((service) => ({ ...service, owner: peerId })))
    },
    { timeout: 90_000 }
  )
  after(async () => {
    await network?.stop()
    rmSync(directory, { recursive: true, force: true })
  })
  return {
    get nodes() {
      return network?.nodes ?? []
    },
    get published() {
      return published
    }
  }
}
