import { type Clock, CloudError, compareDistance, hexFromBytes, type PeerId, sleep } from '@cloudpeer/core'
import { sha256 } from '@cloudpeer/core/identity'
import type { Host } from './host.ts'
import type { World } from './world.ts'

/** Kademlia's k: the most peers that a look-up finds, the nodes that keep a provider, and what one round learns of. */
const bucketSize = 20

/** Longest look-up, in ms. */
const lookupMsMax = 3000

/** The most keys with providers that one node keeps; the oldest gives way. */
const providerKeysMax = 65_536

/** Multihash prefix of a SHA-256 digest: what a provider's key is hashed with (libp2p kad-dht specification). */
const sha256Prefix = Uint8Array.of(0x12, 0x20)

type Options = { readonly signal?: AbortSignal } | undefined

/**
 * Routing as an oracle in place of k-buckets: the exact answer over all nodes that are awake and connected with this
 * one, directly or through others, in the time of Kademlia's round trips.
 */
export class Routing {
  readonly #world: World
  readonly #host: Host
  readonly #clock: Clock

  constructor(world: World, host: Host, clock: Clock) {
    this.#world = world
    this.#host = host
    this.#clock = clock
  }

  async closestPeers(key: Uint8Array, count: number, options: Options): Promise<readonly PeerId[]> {
    const hosts = await this.#lookup(sha256(key), Math.min(count, bucketSize), options)
    return hosts.map((host) => host.self)
  }

  /** Leaves this node's name at the nodes closest to `key`, for as long as they live. */
  async provide(key: Uint8Array, options: Options): Promise<void> {
    const name = hexFromBytes(key)
    for (const host of await this.#lookup(providerTarget(key), bucketSize, options)) keepProvider(host, name, this.#host.self)
  }

  async *findProviders(key: Uint8Array, options: Options): AsyncIterable<PeerId> {
    const name = hexFromBytes(key)
    const hosts = await this.#lookup(providerTarget(key), bucketSize, options)
    yield* new Set(hosts.flatMap((host) => [...(host.providers.get(name) ?? [])]))
  }

  /** The `count` hosts closest to `target`; the answer is as old as its round trips are long. */
  async #lookup(target: Uint8Array, count: number, options: Options): Promise<readonly Host[]> {
    const component = this.#component()
    const hosts = closest(component, target, count)
    const rounds = Math.max(1, Math.ceil(Math.log(component.size) / Math.log(bucketSize)))
    await sleep(this.#clock, Math.min(lookupMsMax, rounds * this.#slowestMs(hosts)), options?.signal)
    return hosts.filter((host) => host.awake)
  }

  #slowestMs(hosts: readonly Host[]): number {
    const { links } = this.#world
    const { self } = this.#host
    return hosts.reduce(
      (slowest, host) =>
        host.self === self ? slowest : Math.max(slowest, links.latencyMs(self, host.self) + links.latencyMs(host.self, self)),
      0
    )
  }

  /** Those who are not found yet are looked for at one after the other of those who are: where the network is whole, at few. */
  #component(): ReadonlySet<Host> {
    const found = new Set<Host>([this.#host])
    const missing = new Set<Host>()
    for (const host of this.#world.hosts.values()) if (host.awake && host !== this.#host) missing.add(host)
    for (const from of found) {
      for (const to of missing) {
        if (!this.#reaches(from, to)) continue
        missing.delete(to)
        found.add(to)
      }
    }
    return found
  }

  #reaches(from: Host, to: Host): boolean {
    const { links } = this.#world
    return from.ends.get(to.self)?.other.host === to && !links.isBlocked(from.self, to.self) && !links.isBlocked(to.self, from.self)
  }
}

/** One pass that keeps the best `count`. */
function closest(hosts: Iterable<Host>, target: Uint8Array, count: number): Host[] {
  const best: Host[] = []
  const isCloser = (a: Host, b: Host | undefined): boolean => b === undefined || compareDistance(target, a.kadId, b.kadId) < 0
  for (const host of hosts) {
    if (best.length === count && !isCloser(host, best[count - 1])) continue
    let at = best.length
    while (at > 0 && isCloser(host, best[at - 1])) at--
    best.splice(at, 0, host)
    if (best.length > count) best.pop()
  }
  return best
}

function providerTarget(key: Uint8Array): Uint8Array {
  if (key.length !== 32) throw new CloudError('INVALID', { field: 'key', problem: 'must be 32 bytes' })
  return sha256(Buffer.concat([sha256Prefix, key]))
}

function keepProvider(host: Host, key: string, provider: PeerId): void {
  const providers = host.providers.get(key) ?? new Set()
  host.providers.set(key, providers.add(provider))
  if (host.providers.size > providerKeysMax) host.providers.delete(host.providers.keys().next().value as string)
}
