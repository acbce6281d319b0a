import { createScope, type PeerId, present } from '@cloudpeer/core'
import { plainAttributes } from '@cloudpeer/model'
import type { MemberState } from '@cloudpeer/overlay'
import type { Subscription } from '@cloudpeer/transport'
import type { RegistryComponents, RegistryInit } from './components.ts'
import { createRegistryMemory } from './memory.ts'
import { registryDefaults } from './options.ts'
import { createPlacement } from './placement.ts'
import { createRepair } from './publisher/own-service-repair.ts'
import { OwnServices } from './publisher/own-services.ts'
import { Publications } from './publisher/publication.ts'
import { createPublisher } from './publisher/publisher.ts'
import { queryProtocol } from './query/protocol.ts'
import { createQueryService } from './query/query-service.ts'
import { createShardReader } from './query/shard-reader.ts'
import { createSettler } from './query/strong-read.ts'
import { copyProtocol, reconcileProtocol } from './reconcile/protocol.ts'
import { createReconciler } from './reconcile/reconciler.ts'
import { createResponder } from './reconcile/responder.ts'
import { createShardItems } from './reconcile/shard-items.ts'
import type { Registry } from './registry.ts'
import { startAntiEntropy } from './replica/anti-entropy.ts'
import { createDrain } from './replica/drain.ts'
import { createHandOver } from './replica/hand-over.ts'
import { HeldShards } from './replica/held-shards.ts'
import { createMakeUp } from './replica/make-up.ts'
import { createAskNewest, newestProtocol, newestRows } from './replica/newest.ts'
import { readProtocol, refreshProtocol, writeProtocol } from './replica/protocol.ts'
import { RecordStore } from './replica/record-store.ts'
import { createReplica } from './replica/replica.ts'
import { createSweeper } from './replica/sweeper.ts'
import { nameAttribute, type Shard } from './shard/shard.ts'

/** How often expired rows and rows that no shard needs are looked for, in ms. */
const sweepIntervalMs = 20_000

/** Makes one node's registry. It opens its stores at once and talks to nobody before `start`. */
export function createRegistry(init: RegistryInit): (components: RegistryComponents) => Registry {
  return (components) => {
    const { network, schema, signer, verifier } = init
    const { clock, random, transport, overlay, stores, log, metrics } = components
    const options = { ...registryDefaults, ...init.options }
    const scope = createScope(components)
    const self = transport.self

    /** The first epoch of an owner whose records are served; infinite while it is away or unknown. */
    function servedFrom(owner: PeerId): number {
      if (owner === self) return services.epoch
      const member = overlay.member(owner)
      return member?.state === 'ALIVE' || member?.state === 'SUSPECT' ? member.epoch : Number.POSITIVE_INFINITY
    }
    const isMember = (peer: PeerId): boolean => overlay.member(peer) !== undefined
    const isAnswering = (state: MemberState | undefined): boolean => state === 'ALIVE' || state === 'SUSPECT'
    const isPresent = (peer: PeerId): boolean => servedFrom(peer) !== Number.POSITIVE_INFINITY

    const { records, queries } = init.memory ?? createRegistryMemory(network, schema, verifier)
    const placement = createPlacement(network, schema, overlay, options.replicas)
    const held = new HeldShards(self)
    const store = new RecordStore(stores, options, { servedFrom, isMember }, abandonShards)
    const services = new OwnServices(
      stores,
      signer,
      { network, epoch: present(overlay.member(self), 'this node').epoch, ttlMs: options.ttlMs },
      options.recordsPerOwnerMax
    )
    const replica = createReplica({ clock, self, placement, held, store, records, queries, onBehind: completeAnew })
    const sweepOnce = createSweeper({ clock, placement, held, store, unneededKeptMs: options.unneededKeptMs })
    const items = createShardItems(store)
    const responder = createResponder({ clock, held, store, items, view: placement.view })
    const askNewest = createAskNewest({ clock, transport, store, records })
    const reconcile = createReconciler({
      clock,
      random,
      transport,
      store,
      records,
      askNewest,
      items,
      options,
      metrics
    })
    const isAlive = (peer: PeerId): boolean => overlay.member(peer)?.state === 'ALIVE'
    const replication = { random, self, placement, held, reconcile, isAlive, scope, log }
    const handOver = createHandOver({ clock, ...replication })
    const drain = createDrain({ clock, ...replication, announce: () => overlay.drain(), msMax: options.drainMsMax })
    const publications = new Publications({
      ...placement,
      isPresent,
      isJoined: () => overlay.state === 'joined',
      isMember
    })
    const publisher = createPublisher({ clock, random, transport, services, publications, records, replica, scope, options, log })
    const repair = createRepair({
      clock,
      random,
      self,
      askNewest,
      damaged: () => services.damaged,
      replicas: () => placement.replicas({ attribute: nameAttribute }),
      restore: publisher.restore,
      log
    })
    const reader = createShardReader({ clock, random, transport, placement, held, replica, store, records, queries, options })
    const settler = createSettler({ transport, askNewest, scope, log })
    const query = createQueryService({
      clock,
      queries,
      reader,
      settler,
      placement,
      knowledge: {
        shards: placement.shards,
        isLocal: (shard) => held.isReady(shard),
        rowsHeld: (shard) => (held.isReady(shard) ? store.live : (reader.rowsHeld(shard) ?? store.live)),
        selectivity: (term) => store.index.selectivity(term)
      },
      isCurrent: ({ record }) => overlay.member(record.owner) === undefined || record.epoch >= servedFrom(record.owner),
      options
    })
    const subscriptions: Subscription[] = []
    let serversVersion = overlay.serversVersion

    /** What this node has acknowledged may not be on its disk, and what comes cannot be: others have it, and keep it. */
    function abandonShards(): void {
      held.fail()
      log.error('the copies of others could not be written: this node keeps none until it restarts')
    }

    function completeAnew(shards: readonly Shard[]): void {
      held.drop(shards)
      handOver.update()
    }

    const makeUp = createMakeUp({ clock, scope, completeAll: () => completeAnew(placement.shards()) })

    /** Members or schema may have changed. Before the join nothing is known of the others, so nothing is concluded. */
    function review(): void {
      if (overlay.state === 'joined') handOver.update()
      publisher.review()
    }

    function repairDamaged(): void {
      if (services.damaged.length > 0) scope.spawn('repairing services', repair)
    }

    function sweep(): void {
      const swept = sweepOnce()
      if (swept.expired + swept.outlived + swept.unneeded > 0) log.info('copies dropped', { ...swept })
    }

    return {
      async start() {
        const dropped = store.load(records, clock.now())
        if (dropped > 0) log.warn('records on disk no longer verify and were dropped', { dropped })
        subscriptions.push(
          transport.serve(writeProtocol, (request, { from }) => replica.write(request, from)),
          transport.serve(refreshProtocol, (request, { from }) => replica.refresh(request, from)),
          transport.serve(readProtocol, (request) => replica.read(request)),
          transport.serve(reconcileProtocol, (request) => responder.reconcile(request)),
          transport.serve(copyProtocol, (request) => responder.copy(request)),
          transport.serve(newestProtocol, ({ ids }) => newestRows(store, ids, clock.now())),
          transport.serve(queryProtocol, (request, { signal }) => query(request, { signal })),
          overlay.onChange(({ peer, from, to, member }) => {
            if (peer === self && member.epoch > services.epoch) publisher.republish(member.epoch)
            store.ownersChanged(peer)
            const before = serversVersion
            serversVersion = overlay.serversVersion
            // One that is suspected, or speaks anew, is where it was and has what it had.
            if (serversVersion === before && isAnswering(from) === isAnswering(to) && to !== 'GONE') return
            publisher.replan()
            review()
          }),
          overlay.onJoined(() => {
            review()
            repairDamaged()
          }),
          overlay.onReturned(makeUp),
          overlay.onNetwork(() => {
            publisher.replan()
            review()
          })
        )
        store.ownersChanged()
        review()
        publisher.start()
        if (overlay.state === 'joined') repairDamaged()
        startAntiEntropy({ ...replication, intervalMs: options.antiEntropyIntervalMs })
        scope.repeat('sweeping records', () => sweepIntervalMs, sweep)
      },
      async stop() {
        for (const subscription of subscriptions.splice(0)) subscription.close()
        await scope.stop()
        store.close()
        services.close()
      },
      register: (descriptions, { signal } = {}) => publisher.register(descriptions, signal),
      remove: (name, { signal } = {}) => publisher.remove(name, signal),
      own: () =>
        services.records().map(({ record }) => ({
          ...publisher.registration(record.name),
          epoch: record.epoch,
          attributes: plainAttributes(record.attributes),
          endpoints: record.endpoints
        })),
      query,
      drain,
      status: () => ({
        own: services.size,
        shards: { held: held.size, ready: held.ready, records: store.size, bytes: store.bytes },
        store: store.state
      })
    }
  }
}
