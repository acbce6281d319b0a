import type { PeerId } from '@cloudpeer/core'
import type { Match, QueryAnswer } from '@cloudpeer/registry'
import type { GeneratedQuery } from './queries.ts'
import type { PlainDescription } from './records.ts'

/** What a client was told of a change: done, perhaps done (the node went away, or has it and goes on), or refused. */
export type Outcome = 'acknowledged' | 'unknown' | 'refused'

/** One change of one service, as the client knows it. Times are virtual. */
export interface Change {
  readonly owner: PeerId
  readonly name: string
  /** Undefined where the service was withdrawn. */
  readonly description: PlainDescription | undefined
  readonly fromMs: number
  /** When the client was told; undefined while it waits. */
  untilMs: number | undefined
  outcome: Outcome
}

/** One answer to a client. */
export interface Answer {
  readonly id: number
  readonly asker: PeerId
  readonly strong: boolean
  readonly query: GeneratedQuery
  readonly fromMs: number
  readonly untilMs: number
  readonly answer: QueryAnswer
}

/** An operation that did not do what it was asked to. */
export interface Failure {
  readonly id: number
  readonly kind: string
  readonly machine: number
  readonly fromMs: number
  readonly untilMs: number
  readonly error: unknown
}

/** Everything that clients did and were told. */
export class History {
  readonly #changes = new Map<PeerId, Map<string, Change[]>>()
  readonly #settled: ((change: Change) => void)[] = []
  readonly #answered: ((answer: Answer) => void)[] = []
  readonly #failed: ((failure: Failure) => void)[] = []
  /** Operations by how they ended, and those that still wait. */
  readonly counts = { begun: 0, skipped: 0, done: 0, failed: 0, answers: 0, matches: 0 }

  /** A change that begins now. */
  begin(owner: PeerId, name: string, description: PlainDescription | undefined, fromMs: number): Change {
    const change: Change = { owner, name, description, fromMs, untilMs: undefined, outcome: 'unknown' }
    const names = this.#changes.get(owner) ?? new Map<string, Change[]>()
    this.#changes.set(owner, names)
    names.set(name, [...(names.get(name) ?? []), change])
    return change
  }

  /** The client is told now what has become of a change. */
  settle(change: Change, outcome: Outcome, untilMs: number): void {
    Object.assign(change, { outcome, untilMs })
    for (const listener of this.#settled) listener(change)
  }

  /** The changes of one service, oldest first. */
  changes(owner: PeerId, name: string): readonly Change[] {
    return this.#changes.get(owner)?.get(name) ?? []
  }

  /** The names that an owner has ever used. */
  names(owner: PeerId): readonly string[] {
    return [...(this.#changes.get(owner)?.keys() ?? [])]
  }

  owners(): readonly PeerId[] {
    return [...this.#changes.keys()]
  }

  /** Whether some change of the service, begun before `untilMs`, gave it what a match shows. */
  wasRegistered(match: Match, untilMs: number): boolean {
    return this.changes(match.owner, match.name).some(
      ({ description, fromMs, outcome }) =>
        description !== undefined && outcome !== 'refused' && fromMs <= untilMs && sameAttributes(description, match)
    )
  }

  answered(answer: Answer): void {
    this.counts.answers++
    this.counts.matches += answer.answer.matches.length
    for (const listener of this.#answered) listener(answer)
  }

  failed(failure: Failure): void {
    this.counts.failed++
    for (const listener of this.#failed) listener(failure)
  }

  onSettled(listener: (change: Change) => void): void {
    this.#settled.push(listener)
  }

  onAnswer(listener: (answer: Answer) => void): void {
    this.#answered.push(listener)
  }

  onFailure(listener: (failure: Failure) => void): void {
    this.#failed.push(listener)
  }
}

/** Whether a match shows what its owner described; a list of one value and the value are the same, and lists have no order. */
export function sameAttributes(description: PlainDescription, match: Pick<Match, 'attributes'>): boolean {
  const names = Object.keys(description.attributes)
  return (
    names.length === Object.keys(match.attributes).length &&
    names.every((name) => sameValues(description.attributes[name], match.attributes[name]))
  )
}

function sameValues(a: unknown, b: unknown): boolean {
  const [left, right] = [a, b].map((value): readonly unknown[] => (Array.isArray(value) ? value : [value])) as [unknown[], unknown[]]
  return left.every((value) => right.includes(value)) && right.every((value) => left.includes(value))
}
