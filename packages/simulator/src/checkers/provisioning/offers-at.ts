import type { PeerId } from '@cloudpeer/core'
import { offersProtocol } from '@cloudpeer/provisioning/protocols'
import type { ReplyOf, RequestOf } from '@cloudpeer/transport'
import type { SimulatedNode } from '../../cloud/simulated-cloud.ts'
import { type OfferFields, offerFields } from './lease-fields.ts'

/** The offers that a node knows in some cells of the grid, asked as another matcher asks. */
export async function offersAt(
  { peer, transport }: SimulatedNode,
  asked: RequestOf<typeof offersProtocol>
): Promise<readonly OfferFields[]> {
  const offers: OfferFields[] = []
  if (asked.cells.length === 0) return offers
  for (let after: PeerId | undefined; ; ) {
    const page: ReplyOf<typeof offersProtocol> = await transport.request(peer, offersProtocol, {
      ...asked,
      ...(after !== undefined && { after })
    })
    offers.push(...page.offers.map(offerFields))
    if (page.next === undefined) return offers
    after = page.next as PeerId
  }
}
