/** What a node is like at a time: in order, ended or frozen, or something between, of which nothing is demanded. */
export type Phase = 'up' | 'down' | 'unsettled'

/** Whether the services of an owner must be in an answer, must not, or may be. */
export type Presence = 'there' | 'gone' | 'either'

/** How long the network may take to believe that a node is down, or back, in ms. */
export const settleMs = 15_000

interface Change {
  readonly atMs: number
  readonly phase: Phase
}

/** What was done to each node and when. Whoever does it notes it before, so that nothing is judged by what comes after. */
export class History {
  readonly #changes = new Map<string, Change[]>()

  /** From now on; what is noted of a node for the first time holds for all the time before as well. */
  note(peer: string, phase: Phase, nowMs: number): void {
    const changes = this.#changes.get(peer)
    if (changes === undefined) this.#changes.set(peer, [{ atMs: Number.NEGATIVE_INFINITY, phase }])
    else changes.push({ atMs: nowMs, phase })
  }

  /** What an answer given between two times must say: what has been so for {@link settleMs} and stayed so all the while. */
  presence(peer: string, fromMs: number, untilMs: number): Presence {
    const changes = this.#changes.get(peer) ?? []
    const during = changes.filter(({ atMs }, index) => atMs <= untilMs && (changes[index + 1]?.atMs ?? untilMs) > fromMs - settleMs)
    const [first] = during
    if (first === undefined || first.phase === 'unsettled' || during.some(({ phase }) => phase !== first.phase)) return 'either'
    return first.phase === 'up' ? 'there' : 'gone'
  }
}
