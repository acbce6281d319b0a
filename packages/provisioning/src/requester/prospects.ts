import { type Clock, type Log, type Scope, Semaphore, sleep } from '@cloudpeer/core'
import type { Schema } from '@cloudpeer/model'
import type { ScaleOut } from '../provisioning.ts'
import type { Census } from './census.ts'
import { eventAfterCensus, isWaiting } from './outcome.ts'
import type { OwnRequest } from './own-request.ts'
import { canRelax } from './relax.ts'

/** What deciding how a request waits works with. */
export interface ProspectsParts {
  readonly clock: Clock
  readonly census: Census
  readonly schema: () => Schema
  readonly scaleOut: ScaleOut | undefined
  readonly statusOf: (request: OwnRequest) => Parameters<ScaleOut>[0]
  /** Drops a term of a request's expression. */
  readonly relax: (request: OwnRequest) => void
  readonly changed: (request: OwnRequest) => void
  readonly scope: Scope
  readonly log: Log
}

/** How long a request waits before anybody asks whether it could ever be granted, and how often after that, in ms. */
const firstMs = 2_000
const againMs = 30_000
/** Requests about which matchers are asked at once. */
const askedAtOnceMax = 4

/**
 * Watches over requests that wait: where no known owner could ever fit the infrastructure is told, and terms are dropped one by one. Nobody is
 * asked about requests for which nothing would follow.
 */
export function createProspects(parts: ProspectsParts): { watch(request: OwnRequest): void } {
  const { clock, census, schema, scaleOut, statusOf, relax, changed, scope, log } = parts
  const watched = new Set<OwnRequest>()
  const asking = new Semaphore('requests asked about at once', askedAtOnceMax, Number.MAX_SAFE_INTEGER)

  function mayRelax({ spec, request }: OwnRequest): boolean {
    return spec.mayRelax && canRelax(request.document.expression, schema())
  }

  async function review(request: OwnRequest): Promise<void> {
    if (!isWaiting(request.state)) return
    const { couldEver, asked, answered } = await census.own(request.request, scope.signal)
    if (!isWaiting(request.state)) return
    const prospects = { couldEver, complete: asked === answered, mayScaleOut: scaleOut !== undefined, mayRelax: mayRelax(request) }
    const event = eventAfterCensus(request.state, prospects)
    if (event === 'relaxed') relax(request)
    if (event === undefined || !request.happen(event, clock.now())) return
    if (request.state === 'scale-out-asked') scope.spawn('asking for more capacity', () => tell(request))
    changed(request)
  }

  async function tell(request: OwnRequest): Promise<void> {
    log.info('no known owner can ever fit a request', { request: request.id })
    await scaleOut?.(statusOf(request), await census.all(request.request, scope.signal))
  }

  async function watch(request: OwnRequest): Promise<void> {
    for (let waitMs = firstMs; ; waitMs = againMs) {
      await sleep(clock, waitMs, scope.signal)
      if (!isWaiting(request.state)) return
      await asking.run(() => review(request))
    }
  }

  return {
    watch(request) {
      if (watched.has(request) || (scaleOut === undefined && !request.spec.mayRelax)) return
      watched.add(request)
      scope.spawn('watching over a request', () => watch(request).finally(() => watched.delete(request)))
    }
  }
}
