import { type Clock, type Log, type PeerId, pick, type Random, type Scope, sample } from '@cloudpeer/core'
import type { Transport } from '@cloudpeer/transport'
import type { Effects } from './effects.ts'
import { isLiveState } from './member.ts'
import type { MembershipOptions } from './options.ts'
import type { MembershipState } from './state.ts'

/** Blind draws for each member wanted. */
const triesEach = 4

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

/** Other members that are ALIVE: a pass over all of them, for what happens seldom. */
export function aliveOthers({ state }: MembershipContext): PeerId[] {
  return state.liveOthers.filter((peer) => state.member(peer)?.state === 'ALIVE')
}

/** Up to `count` other members that are ALIVE, `but` one, in random order. */
export function drawAlive(context: MembershipContext, count: number, but?: PeerId): PeerId[] {
  return draw(context, count, (peer) => peer !== but && context.state.member(peer)?.state === 'ALIVE')
}

/** Up to `count` other members that are ALIVE or SUSPECT, in random order. */
export function drawLive(context: MembershipContext, count: number): PeerId[] {
  return draw(context, count, () => true)
}

/** Draws blindly where nearly all members may be drawn, and looks at all of them only where that fails. */
function draw({ random, state: { liveOthers: all } }: MembershipContext, count: number, isWanted: (peer: PeerId) => boolean): PeerId[] {
  const drawn = new Set<PeerId>()
  for (let tries = all.length < triesEach * count ? 0 : triesEach * count; tries > 0 && drawn.size < count; tries--) {
    const peer = pick(random, all)
    if (isWanted(peer)) drawn.add(peer)
  }
  return drawn.size === count ? [...drawn] : sample(random, all.filter(isWanted), count)
}

/** Other members that are ALIVE or SUSPECT, in no particular order; it changes with the table. */
export function liveOthers({ state }: MembershipContext): readonly PeerId[] {
  return state.liveOthers
}

/** Whether a member is ALIVE or SUSPECT. */
export function isLive({ state }: MembershipContext, peer: PeerId): boolean {
  return isLiveState(state.member(peer)?.state)
}
