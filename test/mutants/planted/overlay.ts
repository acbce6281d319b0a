import type { PlantedBug } from '../mutant.ts'

const membership = 'packages/overlay/src/membership'

/** Bugs of membership and routing. */
export const overlayBugs: readonly PlantedBug[] = [
  {
    name: 'suspicion without refutation',
    file: `${membership}/state.ts`,
    find: "    if (this.#own.announcement.state !== 'ALIVE') return\n",
    replace: '    if (now >= 0) return\n'
  },
  {
    name: 'an older announcement replaces a newer one',
    file: `${membership}/state.ts`,
    find: 'compareVersion(announcement, versionOf(held)) > 0',
    replace: 'compareVersion(announcement, versionOf(held)) !== 0'
  },
  {
    name: 'a suspicion has no time to be refuted',
    file: `${membership}/suspicion.ts`,
    find: '  return Math.max(minMs, maxMs - share * (maxMs - minMs))',
    replace: '  return 1 + 0 * share * maxMs'
  },
  {
    name: 'a suspicion never ends',
    file: `${membership}/state.ts`,
    find: "this.#enter(entry, 'SUSPECT', now, now + suspicionMs(bounds, 0))",
    replace: "this.#enter(entry, 'SUSPECT', now, Number.POSITIVE_INFINITY)"
  },
  {
    name: 'a lost start counter is not outbid',
    file: `${membership}/state.ts`,
    find: 'if (announcement.epoch < this.#own.announcement.epoch || equalBytes(announcement.start, this.#init.start)) return',
    replace: 'if (equalBytes(announcement.start, announcement.start)) return'
  },
  {
    name: 'an erased member comes back by an old word',
    file: `${membership}/state.ts`,
    find: '(gone === undefined || compareVersion(announcement, gone) > 0)',
    replace: '(gone === undefined || announcement.epoch > 0)'
  },
  {
    name: 'what members said before everybody lost power is forgotten',
    file: `${membership}/word-memory.ts`,
    find: 'if (remembered.epoch < announcement.epoch || !isOtherStart(announcement, remembered)) return undefined',
    replace: 'if (announcement.epoch > 0) return undefined'
  },
  {
    name: 'a verdict of another table counts as proof',
    file: `${membership}/state.ts`,
    find: "? { ...rumour, state: 'SUSPECT' } : rumour",
    replace: '? { ...rumour } : rumour'
  },
  {
    name: 'silence counts as an answer',
    file: `${membership}/prober.ts`,
    find: "'UNREACHABLE', 'TIMED_OUT', 'DISCONNECTED', 'STOPPED', 'WRONG_NETWORK'",
    replace: "'WRONG_NETWORK'"
  },
  {
    name: 'a refused connection counts as an answer',
    file: `${membership}/prober.ts`,
    find: "if (error.code === 'REFUSED') return 'refused'",
    replace: "if (error.code === 'REFUSED') return 'reached'"
  },
  {
    name: 'crashed members are not tried again',
    file: `${membership}/joiner.ts`,
    find: 'await syncWithEach(context, init.synchroniser, sample(random, state.lost(), 1), signal)',
    replace: 'await syncWithEach(context, init.synchroniser, sample(random, state.lost(), 0), signal)'
  },
  {
    name: 'a join that failed is not tried again',
    file: `${membership}/joiner.ts`,
    find: 'if (liveOthers(context).length === 0) await sleep(clock, backoffMs(backoff, attempt, random), signal)',
    replace: 'if (liveOthers(context).length === 0) return void (await sleep(clock, backoffMs(backoff, attempt, random), signal))'
  },
  {
    name: 'half of a table is exchanged',
    file: `${membership}/synchroniser.ts`,
    find: 'settle(state.merge(reply, clock.now(), { spread }))',
    replace: 'settle(state.merge({ announcements: [], rumours: reply.rumours }, clock.now(), { spread }))'
  },
  {
    name: 'a schema that a peer has is not asked for',
    file: `${membership}/synchroniser.ts`,
    find: 'if (isLaterDescriptor(theirs, network.descriptor)) scope',
    replace: 'if (isLaterDescriptor(network.descriptor, theirs)) scope'
  },
  {
    name: 'a timer is left after the stop',
    file: `${membership}/service.ts`,
    find: '      deadline.ringAt(Number.POSITIVE_INFINITY)\n      gossip.ringAt(Number.POSITIVE_INFINITY)\n',
    replace: '      gossip.ringAt(Number.POSITIVE_INFINITY)\n'
  },
  {
    name: 'routes do not hear of members that went',
    file: `${membership}/member-table.ts`,
    find: '    this.serverChanges.add(peer, serves)\n',
    replace: '    if (serves) this.serverChanges.add(peer, serves)\n'
  },
  {
    name: 'known routes do not hear of newcomers',
    file: 'packages/overlay/src/routing/route-cache.ts',
    find: '  route.places = places\n  route.peers = peersOf(places)\n',
    replace: '  route.places = places\n'
  },
  {
    name: 'a member that went stays on its routes',
    file: 'packages/overlay/src/routing/route-cache.ts',
    find: '!peers.includes(place.peer)',
    replace: 'peers[0] !== place.peer'
  }
]
