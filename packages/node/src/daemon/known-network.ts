import { type Clock, CloudError, errorMessage, isCloudError, type Log, type Random, retry } from '@cloudpeer/core'
import type { Signer, Verifier } from '@cloudpeer/core/identity'
import { foundNetwork, networkProtocol, openDescriptor, type SignedDescriptor } from '@cloudpeer/overlay'
import { requestOnce } from '@cloudpeer/transport/libp2p'
import type { Config } from '../config/index.ts'
import type { DataDirectory } from '../data-directory/index.ts'
import { defaultSchema } from './default-schema.ts'

/** What finding the network needs. */
export interface NetworkSearch {
  readonly config: Config
  readonly directory: DataDirectory
  readonly signer: Signer
  readonly verifier: Verifier
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly signal: AbortSignal
}

/** How long a node that knows its network waits for the nodes it is told to join, to see that they belong to it, in ms. */
const checkTimeoutMs = 3000
/** How long one bootstrap may take to answer, in ms. */
const askTimeoutMs = 10_000
/** The pauses between rounds over the bootstraps: a node waits for its network for ever. */
const patience = { firstMs: 500, maxMs: 15_000, attemptsMax: Number.POSITIVE_INFINITY }

/**
 * The network that this node belongs to: the one it is pinned to, else the one that a node to join by belongs to, else a
 * new one. From then on it is pinned. WRONG_NETWORK if a node to join by belongs to another than the pinned.
 */
export async function knownNetwork(search: NetworkSearch): Promise<SignedDescriptor> {
  const { config, directory, log } = search
  const pinned = directory.network()
  if (pinned !== undefined) {
    await checkJoins(search, openDescriptor(pinned, search.verifier).id)
    return pinned
  }
  const network = config.join.length > 0 ? await askForNetwork(search) : found(search)
  directory.pinNetwork(network)
  const { id, name, founder } = openDescriptor(network, search.verifier)
  log.info(founder === search.signer.self ? 'founded a network' : 'pinned the network', { network: id, name, founder })
  return network
}

function found({ config, signer, random }: NetworkSearch): SignedDescriptor {
  const schema = config.schema ?? defaultSchema
  return foundNetwork({ signer, random, name: config.name, schema, schemaVersion: schema.version })
}

async function askForNetwork(search: NetworkSearch): Promise<SignedDescriptor> {
  const { config, log, signal } = search
  return retry(search, { ...patience, signal, mayRetry: (error) => !isCloudError(error, 'BAD_ADDRESS', 'CANCELLED') }, async (attempt) => {
    const address = config.join[(attempt - 1) % config.join.length] as string
    try {
      return await ask(search, address, askTimeoutMs)
    } catch (error) {
      if (!signal.aborted) log.warn('a node to join by does not answer; trying on', { address, attempt, problem: errorMessage(error) })
      throw error
    }
  })
}

async function checkJoins(search: NetworkSearch, expected: string): Promise<void> {
  const answers = await Promise.allSettled(search.config.join.map(async (address) => ask(search, address, checkTimeoutMs)))
  for (const answer of answers) {
    if (answer.status === 'rejected') {
      if (isCloudError(answer.reason, 'BAD_ADDRESS')) throw answer.reason
      continue
    }
    const { id } = openDescriptor(answer.value, search.verifier)
    if (id !== expected) throw new CloudError('WRONG_NETWORK', { network: id, expected })
  }
}

async function ask({ verifier, clock, signal }: NetworkSearch, address: string, timeoutMs: number): Promise<SignedDescriptor> {
  const { reply } = await requestOnce(address, networkProtocol, {}, { clock, signal, timeoutMs })
  openDescriptor(reply, verifier)
  return reply
}
