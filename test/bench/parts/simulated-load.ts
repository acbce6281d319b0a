import { pick } from '@cloudpeer/core'
import { parseDescription } from '@cloudpeer/model'
import { createQueryGenerator, createRecordGenerator, type SimulatedCloud } from '@cloudpeer/simulator'

const servicesCount = 200
const queriesCount = 500
/** Time for the last replicas to take what was registered, in ms. */
const settleMs = 5_000

/** Asks one query at a random node of those that run, and waits in virtual time for its answer. */
export type Ask = () => Promise<void>

/** Registers services at random nodes of a cloud, and returns what asks queries about them. */
export async function loadCloud({ random, schema, nodes, time }: SimulatedCloud): Promise<Ask> {
  const generate = createRecordGenerator(random)
  const services = Array.from({ length: servicesCount }, (_, index) => generate(`service-${index}`))
  await time.settle(Promise.all(services.map((service) => pick(random, nodes).registry.register([parseDescription(service, schema)]))))
  await time.advance(settleMs)
  const next = createQueryGenerator(random, services)
  const queries = Array.from({ length: queriesCount }, () => next().expression)
  return async () => void (await pick(random, nodes).registry.query({ expression: pick(random, queries), limit: 20 }))
}
