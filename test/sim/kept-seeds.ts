/** Seeds that once failed, and what they showed. All of them are played with every run of the tests. */
export const keptSeeds: ReadonlyMap<number, string> = new Map([
  [1, 'a node that had lost its disk spoke under an epoch that it had used before, and its old services came back'],
  [2, 'a slow replica that others had gone on without did not know, and answered without what it had missed'],
  [4, 'one damaged service on the disk kept a node from starting'],
  [9, 'a node whose own join failed, but which others had found, took over no shards'],
  [12, 'a version with an attribute that its successor had dropped came back from a replica that the owner did not know'],
  [17, 'a topic did not pass on what gossip had brought before, and replies told what the request had told'],
  [24, 'records that do not satisfy the expression took the place of those that do'],
  [
    25,
    'a node became complete by what a replica had told while both saw others, before and after which they agreed; before that, copies of an epoch that their owner had left kept replicas unequal'
  ],
  [27, 'as 12, on a full disk'],
  [64, 'a reply in the form of values was believed without a look at its schema'],
  [70, 'an old copy was served after a newer one had been accepted'],
  [76, 'a link that had lost much stood still for minutes']
])

/** The same, of networks of other sizes. */
export const keptSizes = [
  {
    seed: 27,
    nodesMin: 2,
    nodesMax: 4,
    once: 'the time of a tombstone ended a later withdrawal, which was acknowledged and told to nobody'
  },
  { seed: 218, nodesMin: 5, nodesMax: 9, once: 'a lease that an image of the disk had as a hold was given away a second time' },
  { seed: 20, nodesMin: 20, nodesMax: 24, once: 'a damaged service could not be withdrawn' },
  {
    seed: 148,
    nodesMin: 20,
    nodesMax: 24,
    once: 'an owner told of leases that its full disk had not taken, and was in quarantine after its restart'
  }
]
