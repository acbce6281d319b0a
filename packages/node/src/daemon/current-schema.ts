import { errorMessage, type Log } from '@cloudpeer/core'
import { parseSchema, type Schema } from '@cloudpeer/model'
import type { Overlay } from '@cloudpeer/overlay'

/** The schema that the network's founder prescribes now. INVALID if this version does not understand it. */
export function followSchema(overlay: Overlay, log: Log): () => Schema {
  let current = parseSchema(overlay.network.schema)
  overlay.onNetwork(({ schema, schemaVersion }) => {
    try {
      current = parseSchema(schema)
    } catch (error) {
      // A newer node understands what its founder wrote; this one goes on with what it knows.
      log.error('the new schema is not understood; the old one stays', { schemaVersion, problem: errorMessage(error) })
    }
  })
  return () => current
}
