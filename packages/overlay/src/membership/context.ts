import type { Clock, Log, PeerId, Random, Scope } from '@cloudpeer/core'
import type { Transport } from '@cloudpeer/transport'
import type { MembershipOptions } from './options.ts'
import type { Effects, MembershipState } from './state.ts'

/** What the active parts of membership share. */
export interface MembershipContext {
  readonly options: MembershipOptions
  readonly clock: Clock
  readonly random: Random
  readonly transport: Transport
  readonly log: Log
  readonly scope: Scope
  readonly state: MembershipState
  /** Makes known what an event did, and sees to it that it spreads. */
  settle(effects: Effects): void
}

/** Other members that are ALIVE. */
export function aliveOthers({ state }: MembershipContext): PeerId[] {
  return state
    .members()
    .filter(({ peer, state: its }) => its === 'ALIVE' && peer !== state.self)
    .map(({ peer }) => peer)
}

/** Other members that are ALIVE or SUSPECT. */
export function liveOthers({ state }: MembershipContext): PeerId[] {
  return state
    .members()
    .filter(({ peer, state: its }) => (its === 'ALIVE' || its === 'SUSPECT') && peer !== state.self)
    .map(({ peer }) => peer)
}

/** Whether a member is ALIVE or SUSPECT. */
export function isLive({ state }: MembershipContext, peer: PeerId): boolean {
  const its = state.member(peer)?.state
  return its === 'ALIVE' || its === 'SUSPECT'
}
