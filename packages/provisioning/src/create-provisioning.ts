import { createScope, sleep } from '@cloudpeer/core'
import { createCompiledQueries } from '@cloudpeer/model'
import type { Subscription } from '@cloudpeer/transport'
import { baseCellOf, createCellMatchers, createSpaces } from './cells/index.ts'
import type { ProvisioningComponents, ProvisioningInit } from './components.ts'
import { createDocuments } from './documents/documents.ts'
import { createMatcher } from './matcher/matcher.ts'
import { provisioningDefaults } from './options.ts'
import { createOwner } from './owner/owner.ts'
import { ownerProblems } from './owner/owner-problems.ts'
import type { Provisioning } from './provisioning.ts'
import { createRequester } from './requester/requester.ts'

/** How long changes of the members are collected before anything follows from them, in ms. */
const reviewDelayMs = 100

/** Makes one node's provisioning: owner, matcher and requester at once. It opens its stores at once and talks to nobody before `start`. */
export function createProvisioning(init: ProvisioningInit): (components: ProvisioningComponents) => Provisioning {
  return (components) => {
    const { network, schema, isNew, capacity, workloads, scaleOut } = init
    const { clock, overlay } = components
    const options = { ...provisioningDefaults, ...init.options }
    const scope = createScope(components)
    const space = createSpaces(schema)
    const parts = {
      ...components,
      network,
      schema,
      space,
      cellMatchers: createCellMatchers(network, overlay, options.matchers),
      documents: createDocuments(init),
      queries: createCompiledQueries(schema),
      options,
      scope
    }
    const owner = createOwner({ ...parts, isNew, capacity, workloads, locate: (owned) => baseCellOf(space(), owned) })
    const matcher = createMatcher({ ...parts, heardOwn: owner.heardOwn })
    const requester = createRequester({ ...parts, scaleOut })
    const subscriptions: Subscription[] = []
    let reviewing = false

    /** Who matches which cell may have changed. */
    function review(): void {
      if (reviewing) return
      reviewing = true
      scope.spawn('reviewing cells', async (signal) => {
        await sleep(clock, reviewDelayMs, signal)
        reviewing = false
        matcher.review()
        owner.review()
        requester.review()
      })
    }

    return {
      async start() {
        subscriptions.push(
          overlay.onChange(({ peer, to }) => {
            if (to === 'GONE') requester.ownerGone(peer)
            review()
          }),
          overlay.onJoined(review),
          overlay.onNetwork(review)
        )
        await owner.start()
        matcher.start()
        requester.start()
      },
      async stop() {
        for (const subscription of subscriptions.splice(0)) subscription.close()
        await scope.stop()
        requester.stop()
        matcher.stop()
        owner.stop()
      },
      capacity: owner.capacity,
      setCapacity: owner.setCapacity,
      async drain({ endLeases = false } = {}) {
        await owner.setDraining(true)
        if (endLeases) await owner.recalls.all()
        return owner.capacity()
      },
      undrain: () => owner.setDraining(false),
      create: requester.create,
      requests: requester.requests,
      request: requester.request,
      until: requester.until,
      explain: requester.explain,
      cancel: requester.cancel,
      leases: () => [...requester.leases(), ...owner.leases()],
      renew: requester.renew,
      release: requester.release,
      endLease: owner.recalls.one,
      problems: () => [...ownerProblems(owner.capacity()), ...requester.problems()],
      status: () => ({ owner: owner.state, requests: requester.openCount, matcher: matcher.status() })
    }
  }
}
