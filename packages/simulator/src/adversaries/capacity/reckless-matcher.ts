import type { Adversary, AdversaryGround } from '../adversary.ts'
import { keyOfMatcher } from '../ground-keys.ts'
import type { Lies } from '../lying-transport.ts'
import { createRaid, type Raider } from '../raid.ts'
import { wire } from '../raw-protocol.ts'
import type { SignedFields } from './documents.ts'

/** Requests that it keeps to propose them. */
const keptMax = 200
/** Requests that it proposes to everybody at a time. */
const atOnce = 10

interface Submission {
  readonly request: SignedFields
  readonly wanted: readonly number[]
}

/** A member that proposes every request that it has ever been left with to every owner, each unit to all of them, and as very old. */
export function createRecklessMatcher(ground: AdversaryGround): Adversary {
  const kept: Submission[] = []
  let next = 0

  function collect(request: unknown): void {
    const { requests } = request as { readonly requests?: readonly Submission[] }
    for (const submission of requests ?? []) if (kept.length < keptMax) kept.push(submission)
  }

  const lies = ({ count }: Raider): Lies => ({
    [wire.submit]: (answer, request) => {
      collect(request)
      count('collected')
      return answer()
    }
  })

  async function propose({ targets, send, count }: Raider): Promise<void> {
    for (let sent = 0; sent < Math.min(atOnce, kept.length); sent++) {
      const { request, wanted } = kept[next++ % kept.length] as Submission
      for (const target of targets()) {
        const body = { request, units: wanted, waitedMs: 1_000_000_000 }
        const reply = (await send(target, wire.propose, body)) as { readonly granted: readonly number[] } | undefined
        count('held', reply?.granted.length ?? 0)
      }
    }
  }

  return createRaid(ground, { name: 'reckless matcher', lies, attack: propose, signer: keyOfMatcher(ground) })
}
