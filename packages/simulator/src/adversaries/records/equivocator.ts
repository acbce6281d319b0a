import type { Adversary, AdversaryGround } from '../adversary.ts'
import { createRaid, type Raider } from '../raid.ts'
import { fieldsOf, signFields, write } from './signed-fields.ts'

/** A member that signs two records for one version of a service, and writes one to the half of the nodes, the other to the rest. */
export function createEquivocator(ground: AdversaryGround): Adversary {
  let services = 0

  async function equivocate(raider: Raider): Promise<void> {
    const fields = fieldsOf(raider, `twin-${services++}`)
    const twins = [1, 2].map((cores) => signFields(raider.signer, { ...fields, attributes: { cores: [cores], kind: ['twin'] } }))
    for (const [index, target] of raider.targets().entries()) {
      await write(raider, target, twins.slice(index % 2, (index % 2) + 1))
    }
    raider.count('equivocated')
  }

  return createRaid(ground, { name: 'equivocator', lies: () => ({}), attack: equivocate, intervalMs: 5_000 })
}
