import type { PeerId } from '@cloudpeer/core'
import type { Capacity } from '@cloudpeer/model'
import { offersProtocol, proposeProtocol } from '@cloudpeer/provisioning/protocols'
import type { Checker } from '../checker.ts'
import { firstFit } from './amounts.ts'
import { requestFields } from './lease-fields.ts'

/** How long a matcher surely knows what an owner told it, in ms: later it may have lost sight of the owner meanwhile. */
const knownMs = 5_000

/** What an owner says in an answer: statements of one process of it, answers and offers, are numbered. */
interface Word {
  readonly seq: number
  readonly free: Capacity
  readonly atMs: number
}

/** What an owner's process has said since it started. */
interface Said {
  readonly startedMs: number
  /** The number of its last answer, and the highest that may be of an offer. */
  answered: number
  offered: number
}

/**
 * What an owner tells a matcher to be free is heeded: the matcher does not propose there what there is no room for by the last word of that
 * owner, unless there may have been a later offer. Gangs are let off: they may take what others hold. A matcher that comes to a cell, and
 * takes over what others know, may have been there before, and forgotten what it was told.
 */
export const denialsAreHeeded: Checker = {
  name: 'anytime_denials_are_heeded',
  watch({ cloud, exchanges }) {
    const problems: string[] = []
    const said = new Map<PeerId, Said>()
    /** By matcher and owner. */
    const heard = new Map<PeerId, Map<PeerId, Word>>()
    /** By matcher, owner and request, what a proposal that is under way was made in spite of. */
    const spited = new Map<string, Word>()

    cloud.onNode(({ peer }) => {
      said.set(peer, { startedMs: cloud.time.now, answered: 0, offered: 0 })
      heard.delete(peer)
      for (const words of heard.values()) words.delete(peer)
    })
    exchanges.onReplied(proposeProtocol, ({ from, to, reply: { seq, free }, atMs }) => {
      // What was asked before the owner's present process started may have been answered by one that has ended.
      if (atMs < (said.get(to)?.startedMs ?? 0)) return
      const words = heard.get(from) ?? new Map<PeerId, Word>()
      heard.set(from, words)
      if (seq > (words.get(to)?.seq ?? 0)) words.set(to, { seq, free, atMs: cloud.time.now })
    })
    exchanges.onAsked(offersProtocol, ({ from, to }) => from !== to && heard.delete(from))
    exchanges.onAsked(proposeProtocol, ({ from, to, request: { request }, atMs }) => {
      const { id, amounts, gang } = requestFields(request)
      const word = heard.get(from)?.get(to)
      const isSpite = !gang && word !== undefined && atMs - word.atMs < knownMs && firstFit(word.free, amounts) === undefined
      // One that was never answered may have been told to a process that has ended since.
      if (isSpite) spited.set(`${from} ${to} ${id}`, word)
      else spited.delete(`${from} ${to} ${id}`)
    })
    exchanges.on(proposeProtocol, ({ from, to, request: { request }, reply: { seq } }) => {
      const { startedMs = 0, answered = 0, offered = 0 } = said.get(to) ?? {}
      const now = { startedMs, answered: Math.max(answered, seq), offered: seq > answered + 1 ? seq - 1 : offered }
      said.set(to, now)
      const { id } = requestFields(request)
      const word = spited.get(`${from} ${to} ${id}`)
      spited.delete(`${from} ${to} ${id}`)
      // What an earlier process said may have been followed by an offer of which this one does not know.
      if (word !== undefined && word.atMs >= startedMs && word.seq > now.offered)
        problems.push(`${from} proposed request ${id} to ${to}, which had told it that there is no room for it`)
    })
    return () => problems.splice(0)
  }
}
