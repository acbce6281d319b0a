import { type BackoffOptions, backoffMs, type Clock, isCloudError, type PeerId, type Random, sleep } from '@cloudpeer/core'
import type { Overlay } from '@cloudpeer/overlay'
import type { Transport } from '@cloudpeer/transport'
import { cellKey } from '../cells/index.ts'
import type { Documents } from '../documents/documents.ts'
import type { Signed } from '../documents/signed-document.ts'
import type { ProvisioningOptions } from '../options.ts'
import { offersProtocol } from '../protocols/match.ts'

/** How long is waited before those who have not answered are asked again. */
export const witnessBackoff: BackoffOptions = { firstMs: 250, maxMs: 8_000, attemptsMax: Number.POSITIVE_INFINITY }

/** What asking witnesses needs. */
export interface WitnessParts {
  readonly network: string
  readonly clock: Clock
  readonly random: Random
  readonly transport: Transport
  readonly overlay: Pick<Overlay, 'state' | 'responsible'>
  readonly documents: Documents
  readonly options: Pick<ProvisioningOptions, 'matchers'>
  /** The owner's base cell; undefined while it offers nothing. */
  readonly cell: () => string | undefined
}

/**
 * Asks the other matchers of the owner's cell which lease it had granted last when they heard of it, and resolves with the newest once a
 * majority of them has answered. Before the join, without a cell, and while too few answer, it goes on asking; where there are no others, there is
 * nobody to ask. What they say is signed by the owner itself.
 */
export function createWitnesses(parts: WitnessParts): (signal: AbortSignal) => Promise<number> {
  const { network, clock, random, transport, overlay, documents, options, cell } = parts
  const self = transport.self

  function grantedIn(offer: Signed): number {
    const { owner, granted } = documents.offers.open(offer).document
    return owner === self ? granted : 0
  }

  /** Undefined where a witness does not answer, or not with what the owner has signed. */
  async function heardBy(witness: PeerId, base: string, signal: AbortSignal): Promise<number | undefined> {
    try {
      const { offers } = await transport.request(witness, offersProtocol, { cells: [base], owner: self }, { signal })
      return Math.max(0, ...offers.map(grantedIn))
    } catch (error) {
      if (!isCloudError(error)) throw error
      return undefined
    }
  }

  /** Asks those that have not answered yet; whether a majority has, or there is nobody to ask. */
  async function isHeard(base: string, heard: Map<PeerId, number>, signal: AbortSignal): Promise<boolean> {
    const others = overlay.responsible(cellKey(network, base), options.matchers).filter((matcher) => matcher !== self)
    const silent = others.filter((witness) => !heard.has(witness))
    const answers = await Promise.all(silent.map((witness) => heardBy(witness, base, signal)))
    for (const [index, granted] of answers.entries()) if (granted !== undefined) heard.set(silent[index] as PeerId, granted)
    return others.length === 0 || others.filter((witness) => heard.has(witness)).length > others.length / 2
  }

  return async (signal) => {
    const heard = new Map<PeerId, number>()
    for (let attempt = 1; ; attempt++) {
      const base = overlay.state === 'joined' ? cell() : undefined
      if (base !== undefined && (await isHeard(base, heard, signal))) return Math.max(0, ...heard.values())
      await sleep(clock, backoffMs(witnessBackoff, attempt, random), signal)
    }
  }
}
