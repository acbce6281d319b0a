import { isDeepStrictEqual } from 'node:util'
import type { Log } from '@cloudpeer/core'
import { parseSchema, type Schema } from '@cloudpeer/model'
import type { Overlay } from '@cloudpeer/overlay'

/**
 * Publishes the configured schema if this node founded the network and the version is higher than the published one.
 * A schema that changes nothing by this is worth a warning: its author expects something else. What is indexed stays so, since members that
 * have not heard yet would go on reading where owners that have heard write no more.
 */
export async function publishConfiguredSchema(schema: Schema | undefined, overlay: Overlay, log: Log): Promise<void> {
  const { founder, schemaVersion, schema: published } = overlay.network
  if (schema === undefined || isDeepStrictEqual(schema, published)) return
  if (founder !== overlay.self) return log.warn('the configured schema is not used: another node founded this network', { founder })
  if (schema.version <= schemaVersion) return log.warn('the configured schema is not published: raise its version above', { schemaVersion })
  const dropped = indexedIn(parseSchema(published)).filter((name) => schema.attributes[name]?.indexed !== true)
  if (dropped.length > 0) return log.warn('the configured schema is not published: what is indexed must stay so', { dropped })
  await overlay.publishSchema(schema, schema.version)
  log.info('published the configured schema', { schemaVersion: schema.version })
}

function indexedIn({ attributes }: Schema): readonly string[] {
  return Object.keys(attributes).filter((name) => attributes[name]?.indexed)
}
