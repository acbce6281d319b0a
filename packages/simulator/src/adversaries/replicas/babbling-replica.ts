import { sleep } from '@cloudpeer/core'
import { packRecords, type reconcileProtocol, type SignedRecord } from '@cloudpeer/registry/protocols'
import type { RequestOf } from '@cloudpeer/transport'
import type { Adversary, AdversaryGround } from '../adversary.ts'
import { keyOfReplica } from '../ground-keys.ts'
import type { Lie, Lies } from '../lying-transport.ts'
import { createRaid, type Raider } from '../raid.ts'
import { wire } from '../raw-protocol.ts'
import { fieldsOf, signFields } from '../records/signed-fields.ts'

/** Items of each range that it claims to have. */
const claimed = 1_000

/** How a comparison is kept from ending. */
export interface BabblingOptions {
  /** Whether some of what is said is nonsense that shows at once, as by default; else all of it could be right. */
  readonly nonsense?: boolean
  /** How long each answer takes, in ms; 0 if not given. */
  readonly delayMs?: number
}

/**
 * A replica with which no comparison ends: its fingerprints differ each time, and its pages of copies are records of
 * its own without end; or it stops at the beginning, lists keys that nobody has, and talks nonsense.
 */
export function createBabblingReplica(ground: AdversaryGround, options: BabblingOptions = {}): Adversary {
  return createRaid(ground, { name: 'babbling replica', lies: (raider) => babble(raider, options), signer: keyOfReplica(ground) })
}

function babble(raider: Raider, { nonsense = true, delayMs = 0 }: BabblingOptions): Lies {
  let said = 0
  const from =
    (effect: string, choices: readonly Saying[]): Lie =>
    async (_, request, { signal }) => {
      if (delayMs > 0) await sleep(raider.clock, delayMs, signal)
      raider.count(effect)
      return choices[said % choices.length]?.(raider, said++, request)
    }
  return {
    [wire.reconcile]: from('comparisons', nonsense ? [...differences, ...nonsensicalDifferences] : differences),
    [wire.copy]: from('pages', nonsense ? [...pages, ...nonsensicalPages] : pages)
  }
}

type Saying = (raider: Raider, said: number, request: unknown) => unknown

/** Says of each range that it was asked about that it has other items there. */
function disagree({ random }: Raider, _: number, request: unknown): unknown {
  const { ranges } = request as RequestOf<typeof reconcileProtocol>
  return { ranges: ranges.map(({ to }) => ({ ...(to && { to }), count: claimed, fingerprint: random.bytes(16) })), ready: true }
}

const differences: readonly Saying[] = [disagree]

const nonsensicalDifferences: readonly Saying[] = [
  ({ random }) => ({ ranges: [{ keys: random.bytes(32 * 16) }], ready: true }),
  () => ({ ranges: [], stoppedAt: { name: 'a' }, ready: true }),
  ({ random }) => ({ ranges: [{ to: { name: 'z' } }, { to: { name: 'a' }, keys: random.bytes(7) }], ready: true }),
  () => ({ ranges: 'all of them', ready: true })
]

const pages: readonly Saying[] = [
  (raider, said) => ({ rows: packRecords([ownRecord(raider, said)]), leftMs: [600_000], next: { name: nameOf(said + 1) } })
]

const nonsensicalPages: readonly Saying[] = [
  ({ random }) => ({ rows: random.bytes(500), leftMs: [1, 2, 3] }),
  () => ({ rows: new Uint8Array(), leftMs: [], next: { name: 'z' } }),
  () => ({ rows: new Uint8Array(), leftMs: [] })
]

function ownRecord(raider: Raider, said: number): SignedRecord {
  return signFields(raider.signer, fieldsOf(raider, nameOf(said)))
}

/** Names in order, after those of honest services. */
function nameOf(said: number): string {
  return `x-${String(said).padStart(9, '0')}`
}
