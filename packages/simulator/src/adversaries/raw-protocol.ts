import { type Lane, messageBytesMax, type Protocol } from '@cloudpeer/transport'

/** Takes whatever CBOR can hold. */
export const anything: Protocol['request'] = {
  matches: (_value): _value is unknown => true,
  parse: (value) => value
}

/** A documented protocol by its id, without the checks that an honest sender makes before it sends. */
export function rawProtocol(id: string, lane: Lane = 'bulk'): Protocol {
  const rate = { perSecond: 1_000_000, burst: 1_000_000 }
  return {
    id,
    request: anything,
    reply: anything,
    requestBytesMax: messageBytesMax,
    replyBytesMax: messageBytesMax,
    rate,
    lane,
    timeoutMs: 5_000
  }
}

/** A page of a table with nothing in it, under a network's first schema. */
export const emptyTable = { schemaVersion: 1, digest: new Uint8Array(8), announcements: [], rumours: [] }

/** The ids of the protocols that adversaries abuse. */
export const wire = {
  network: '/cloudpeer/overlay/network/1',
  probe: '/cloudpeer/overlay/probe/1',
  probeFor: '/cloudpeer/overlay/probe-for/1',
  sync: '/cloudpeer/overlay/sync/1',
  write: '/cloudpeer/registry/write/1',
  refresh: '/cloudpeer/registry/refresh/1',
  read: '/cloudpeer/registry/read/1',
  newest: '/cloudpeer/registry/newest/1',
  reconcile: '/cloudpeer/registry/reconcile/1',
  copy: '/cloudpeer/registry/copy/1',
  query: '/cloudpeer/registry/query/1',
  submit: '/cloudpeer/provisioning/submit/1',
  offer: '/cloudpeer/provisioning/offer/1',
  census: '/cloudpeer/provisioning/census/1',
  propose: '/cloudpeer/provisioning/propose/1',
  grant: '/cloudpeer/provisioning/grant/1',
  confirm: '/cloudpeer/provisioning/confirm/1',
  renew: '/cloudpeer/provisioning/renew/1',
  release: '/cloudpeer/provisioning/release/1',
  revoke: '/cloudpeer/provisioning/revoke/1'
} as const
