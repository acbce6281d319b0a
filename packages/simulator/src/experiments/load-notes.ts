import type { Settings } from './parameters.ts'

/** What every figure of success against load rests on. */
export function loadNotes(settings: Settings): readonly string[] {
  return [
    "S1's own numbers are lost from its text. All settings stand in for them and are ours.",
    `S1 as it is written: ${hashedText(settings)} at the Chord node responsible for it; all parts of an operation must succeed, none is tried again, and a service that is refused in part is withdrawn.`,
    'With matrix: an attribute has 1 to 64 columns and rows of nodes; a node asks for one more at 80 % of its capacity; whole services are stored, the smallest matrix of a query is asked; what is refused is tried once more after asking the head for the size.',
    `Equal capacity: Cloudpeer's nodes have the same bounds. ${countedText(settings)} Cloudpeer keeps a service once on a node however many of the node's shards it belongs to, and ${settings.number('replicas')} copies of each shard where the other schemes keep one. A read counts as one query. A node over its rate answers BUSY, and the registry asks another replica, or tries again within its own time limits. What a node does for itself counts nowhere.`,
    `Cloudpeer's schema indexes the first ${settings.number('indexed')} of ${settings.number('attributes')} attributes; its shard of the names holds every service and is not split.`
  ]
}

function hashedText(settings: Settings): string {
  return settings.words('hashed').includes('pair') ? 'each attribute-value pair' : 'all pairs of an attribute'
}

function countedText(settings: Settings): string {
  return settings.words('counted').includes('whole')
    ? 'A whole service that a node keeps, in a matrix or in Cloudpeer, counts as all of its pairs.'
    : 'A whole service that a node keeps under one attribute, in a matrix or in Cloudpeer, counts as an entry: as the pairs that a service has of one attribute.'
}
