import { type Random, seededRandom } from '@cloudpeer/core'
import { sha256 } from '@cloudpeer/core/identity'

/** A source of chance of its own for one purpose: what other purposes draw, or whether there are others, does not change it. */
export function derivedRandom(seed: number, purpose: string): Random {
  return seededRandom(Buffer.from(sha256(`${seed}/${purpose}`)).readInt32BE())
}
