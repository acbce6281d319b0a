import { decode, type PeerId } from '@cloudpeer/core'
import { grantProtocol, proposeProtocol } from '@cloudpeer/provisioning/protocols'
import type { Handler, Protocol, RequestOf, Transport } from '@cloudpeer/transport'
import { transportAround } from '../cloud/transport-around.ts'

/** What is seen of proposals and grants on their way. */
export interface GrantWatch {
  /** Units that owners were asked to hold so far. */
  readonly proposed: number
  /** The moment when the last unit of a request had its first signed grant, by virtual time; the request is forgotten. */
  takeGrantedAt(request: string): number | undefined
  /** A transport that is watched, and that finds any member by itself. */
  around(transport: Transport): Transport
}

/** Watches nodes whose addresses `addressOf` knows. */
export function createGrantWatch(now: () => number, addressOf: (peer: PeerId) => string): GrantWatch {
  const granted = new Map<string, Map<number, number>>()
  let proposed = 0

  function noteProposal(body: RequestOf<typeof proposeProtocol>): void {
    proposed += body.units.length
  }

  function noteGrants({ leases }: RequestOf<typeof grantProtocol>): void {
    for (const [bytes] of leases) {
      const { request, unit } = decode(bytes, 'lease') as { readonly request: string; readonly unit: number }
      const units = granted.get(request) ?? new Map<number, number>()
      granted.set(request, units)
      if (!units.has(unit)) units.set(unit, now())
    }
  }

  return {
    get proposed() {
      return proposed
    },
    takeGrantedAt(request) {
      const units = granted.get(request)
      granted.delete(request)
      return units && Math.max(...units.values())
    },
    around(transport) {
      const known = new Set<PeerId>()
      return transportAround(transport, {
        request(peer, protocol, body, options) {
          if (protocol.id === proposeProtocol.id) noteProposal(body as RequestOf<typeof proposeProtocol>)
          if (!known.has(peer)) void transport.learn(peer, [addressOf(peer)])
          known.add(peer)
          return transport.request(peer, protocol, body, options)
        },
        serve<P extends Protocol>(protocol: P, handler: Handler<P>) {
          if (protocol.id !== grantProtocol.id) return transport.serve(protocol, handler)
          return transport.serve(protocol, (body, context) => {
            noteGrants(body as RequestOf<typeof grantProtocol>)
            return handler(body, context)
          })
        }
      })
    }
  }
}
