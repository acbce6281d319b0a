import { isDeepStrictEqual } from 'node:util'
import type { Log } from '@cloudpeer/core'
import { incompatibilities, parseSchema, type Schema } from '@cloudpeer/model'
import type { Overlay } from '@cloudpeer/overlay'

/**
 * Publishes the configured schema if this node founded the network, the version is higher than the published one, and the services that are
 * registered can live on under it. A schema that changes nothing by this is worth a warning: its author expects something else.
 */
export async function publishConfiguredSchema(schema: Schema | undefined, overlay: Overlay, log: Log): Promise<void> {
  const { founder, schemaVersion, schema: published } = overlay.network
  if (schema === undefined || isDeepStrictEqual(schema, published)) return
  if (founder !== overlay.self) return log.warn('the configured schema is not used: another node founded this network', { founder })
  if (schema.version <= schemaVersion) return log.warn('the configured schema is not published: raise its version above', { schemaVersion })
  const problems = incompatibilities(parseSchema(published), schema)
  if (problems.length > 0) return log.warn('the configured schema is not published: it cannot follow the one that there is', { problems })
  await overlay.publishSchema(schema, schema.version)
  log.info('published the configured schema', { schemaVersion: schema.version })
}
