import assert from 'node:assert/strict'
import test from 'node:test'
import { createFleet, type FleetNode, nodeAt, opinions, peerOf, type StartNode, seenBy } from '../fleet.ts'

for (const size of [3, 20, 50]) {
  test(`eventually_all_see_each_other: ${size} nodes join through the first`, async () => {
    const fleet = await createFleet({ size })
    assert.ok(fleet.nodes.every(({ overlay }) => overlay.state === 'joined'))
    assert.ok(fleet.nodes.every(({ overlay }) => overlay.servers().length === size))
    assert.equal(nodeAt(fleet, 0).overlay.member(nodeAt(fleet, 2).peer)?.labels.zone, 'z2')
  })
}

test('a clean stop is AWAY to all within a second', async () => {
  const fleet = await createFleet({ size: 20 })
  const leaver = nodeAt(fleet, 7)
  await fleet.stop(leaver, 'temporary')
  const took = await fleet.until(() => opinions(fleet, leaver).every((state) => state === 'AWAY'), 1_000, 'all know')
  assert.ok(took <= 1_000)
  assert.ok(nodeAt(fleet, 0).changes.every(({ peer, to }) => peer !== leaver.peer || to !== 'SUSPECT'))
})

test('a permanent leave erases the member within a second', async () => {
  const fleet = await createFleet({ size: 9 })
  const leaver = nodeAt(fleet, 4)
  await fleet.stop(leaver, 'permanent')
  await fleet.until(() => opinions(fleet, leaver).every((state) => state === undefined), 1_000, 'all have erased it')
  assert.ok(nodeAt(fleet, 0).changes.some(({ peer, to }) => peer === leaver.peer && to === 'GONE'))
})

for (const size of [2, 3, 9, 50]) {
  test(`eventually_a_crash_is_seen: ${size} nodes, by its refused redials, within 2 s`, async () => {
    const fleet = await createFleet({ size })
    await fleet.time.advance(10_000)
    const victim = nodeAt(fleet, 1)
    fleet.network.crash(victim.peer)
    const took = await fleet.until(() => opinions(fleet, victim).every((state) => state === 'AWAY'), 3_000, 'all know')
    assert.ok(took <= 2_000, `${took} ms`)
  })
}

test('several crashes at once are seen within 3 s, though witnesses are dead too', async () => {
  const fleet = await createFleet({ size: 12 })
  await fleet.time.advance(15_000)
  const victims = [1, 2, 3, 4, 5, 6].map((index) => nodeAt(fleet, index))
  for (const { peer } of victims) fleet.network.crash(peer)
  const survivors = fleet.nodes.filter((node) => !victims.includes(node))
  await fleet.until(() => survivors.every((node) => seenBy(node, 'AWAY').length === 6), 3_000, 'survivors know')
  assert.ok(survivors.every((node) => seenBy(node, 'ALIVE').length === 6))
})

test('a frozen node is SUSPECT, then AWAY within 12 s; resumed it is back within 15 s and suspected nobody', async () => {
  const fleet = await createFleet({ size: 9 })
  await fleet.time.advance(10_000)
  const frozen = nodeAt(fleet, 4)
  fleet.network.freeze(frozen.peer)
  const suspected = await fleet.until(() => opinions(fleet, frozen).includes('SUSPECT'), 10_000, 'first suspicion')
  assert.ok(suspected > 300, `${suspected} ms`)
  const took = await fleet.until(() => opinions(fleet, frozen).every((state) => state === 'AWAY'), 12_000, 'all know')
  assert.ok(suspected + took >= 4_000, `${suspected + took} ms: not before the suspicion time`)
  await fleet.time.advance(20_000)
  const before = frozen.changes.length
  fleet.network.resume(frozen.peer)
  await fleet.until(() => opinions(fleet, frozen).every((state) => state === 'ALIVE'), 15_000, 'all see it again')
  await fleet.time.advance(20_000)
  assert.deepEqual(
    frozen.changes.slice(before).filter(({ to }) => to !== 'ALIVE'),
    []
  )
  assert.ok(fleet.nodes.every((node) => node === frozen || seenBy(node, 'ALIVE').length === 9))
})

test('anytime_a_slow_node_makes_no_other_look_dead', async () => {
  const fleet = await createFleet({ size: 9 })
  const slow = nodeAt(fleet, 3)
  fleet.network.delay(1_500, { at: slow.peer })
  await fleet.time.advance(60_000)
  for (const node of fleet.nodes) {
    assert.deepEqual(
      node.changes.filter(({ peer, to }) => to === 'AWAY' && peer !== slow.peer),
      []
    )
  }
  assert.ok(slow.metrics.sum('cloudpeer_overlay_refutations_total') > 0, 'slow enough to be suspected')
  assert.ok(slow.changes.filter(({ to }) => to === 'SUSPECT').length <= 6, 'it blames itself first')
})

test('anytime_lost_packets_kill_nobody: a fifth of all packets lost', async () => {
  const fleet = await createFleet({ size: 12, lossShare: 0.2 })
  await fleet.time.advance(60_000)
  for (const node of fleet.nodes)
    assert.deepEqual(
      node.changes.filter(({ to }) => to === 'AWAY'),
      []
    )
})

test('anytime_one_way_loss_kills_nobody: a link that is blocked one way, between two of nine', async () => {
  const fleet = await createFleet({ size: 9 })
  fleet.network.block(nodeAt(fleet, 1).peer, nodeAt(fleet, 2).peer)
  await fleet.time.advance(120_000)
  for (const node of fleet.nodes)
    assert.deepEqual(
      node.changes.filter(({ to }) => to === 'AWAY'),
      []
    )
})

test('a crashed node that starts again has a higher epoch and is ALIVE to all', async () => {
  const fleet = await createFleet({ size: 9 })
  await fleet.time.advance(5_000)
  fleet.network.crash(nodeAt(fleet, 5).peer)
  await fleet.time.advance(5_000)
  const again = await fleet.start(5)
  await fleet.until(() => opinions(fleet, again).every((state) => state === 'ALIVE'), 3_000, 'all see it again')
  assert.ok(fleet.nodes.every(({ overlay }) => overlay.member(again.peer)?.epoch === 2))
})

test('eventually_a_partition_heals', async () => {
  const fleet = await createFleet({ size: 10 })
  await fleet.time.advance(10_000)
  const left = fleet.nodes.slice(0, 5)
  const right = fleet.nodes.slice(5)
  fleet.network.partition(
    left.map(({ peer }) => peer),
    right.map(({ peer }) => peer)
  )
  await fleet.until(() => fleet.nodes.every((node) => seenBy(node, 'AWAY').length === 5), 60_000, 'each side gives the other up')
  await fleet.time.advance(10_000)
  const before = fleet.nodes.map(({ changes }) => changes.length)
  fleet.network.heal()
  await fleet.until(() => fleet.nodes.every((node) => seenBy(node, 'ALIVE').length === 10), 30_000, 'whole again')
  fleet.nodes.forEach(({ changes }, index) => {
    assert.deepEqual(
      changes.slice(before[index]).filter(({ to }) => to === 'AWAY'),
      [],
      'nobody is lost while it heals'
    )
  })
})

test('eventually_a_partition_heals: also after the sides have erased each other', async () => {
  const fleet = await createFleet({ size: 8, options: { crashAwayMs: 20_000 } })
  const peers = fleet.nodes.map(({ peer }) => peer)
  fleet.network.partition(peers.slice(0, 4), peers.slice(4))
  await fleet.until(() => fleet.nodes.every(({ overlay }) => overlay.members().length === 4), 120_000, 'erased')
  await fleet.time.advance(60_000)
  fleet.network.heal()
  await fleet.until(() => fleet.nodes.every((node) => seenBy(node, 'ALIVE').length === 8), 60_000, 'whole again')
})

test('eventually_a_full_restart_heals: all nodes crash and start with the addresses of their last run', async () => {
  const fleet = await createFleet({ size: 6 })
  const addresses = fleet.nodes.map(({ peer }) => fleet.network.addressOf(peer))
  for (const { peer } of fleet.nodes) fleet.network.crash(peer)
  for (const index of [5, 4, 3, 2, 1, 0]) await fleet.start(index, { join: [], rejoin: addresses })
  await fleet.until(() => fleet.nodes.every((node) => seenBy(node, 'ALIVE').length === 6), 60_000, 'all together again')
  assert.ok(fleet.nodes.every(({ overlay }) => overlay.state === 'joined'))
})

test('anytime_messages_at_rest_do_not_grow_with_the_network: at most 3 sent a second and node', async () => {
  for (const size of [5, 20]) {
    const fleet = await createFleet({ size })
    await fleet.time.advance(5_000)
    const count = (): number =>
      fleet.nodes.reduce((sum, { metrics }) => sum + metrics.sum('cloudpeer_transport_messages_total', { direction: 'sent' }), 0)
    const before = count()
    await fleet.time.advance(40_000)
    const rate = (count() - before) / 40 / size
    assert.ok(rate > 1 && rate <= 3, `${rate} messages sent a second by each of ${size}`)
  }
})

test('finally_a_stopped_overlay_is_silent', async () => {
  const fleet = await createFleet({ size: 3 })
  for (const node of [...fleet.nodes]) await fleet.stop(node, 'none')
  await fleet.time.advance(1_000)
  const before = fleet.time.events
  await fleet.time.advance(600_000)
  assert.equal(fleet.time.events, before)
})

test('who comes back to nobody says so and waits, or goes on if it may be alone; the others are found once they are there', async () => {
  const fleet = await createFleet({ size: 2, options: { joinMaxMs: 1_000 } })
  const said = ({ overlay: { state, problems } }: FleetNode): unknown => [state, problems.map(({ code, fields }) => [code, fields])]
  const restart = (options: StartNode): Promise<FleetNode> => {
    fleet.network.crash(peerOf(1))
    return fleet.start(1, options)
  }
  assert.deepEqual(fleet.nodes.map(said), [
    ['joined', []],
    ['joined', []]
  ])
  fleet.network.crash(peerOf(0))
  const waiting = await restart({})
  await fleet.time.advance(60_000)
  assert.deepEqual(said(waiting), ['joining', [['ALONE', { addresses: 1 }]]])
  assert.match(String(waiting.overlay.problems[0]?.message), /no other member was found .* 1 in all/)
  const alone = await restart({ alone: true })
  assert.deepEqual(said(alone), ['joining', []])
  await fleet.time.advance(60_000)
  assert.deepEqual(said(alone), ['joined', [['ALONE', { addresses: 1 }]]])
  await fleet.start(0)
  await fleet.until(() => fleet.nodes.every((node) => seenBy(node, 'ALIVE').length === 2), 5_000, 'they see each other')
  assert.deepEqual(fleet.nodes.map(said), [
    ['joined', []],
    ['joined', []]
  ])
})

test('a network that is full tells newcomers so and goes on; they are in as soon as somebody has left', async () => {
  const fleet = await createFleet({ size: 6, options: { membersMax: 5, joinMaxMs: 1_000, crashAwayMs: 30_000 } })
  const refused = ({ overlay }: FleetNode): void => {
    const { state, problems } = overlay
    assert.deepEqual([state, problems.map(({ code, fields }) => [code, fields])], ['joining', [['MEMBERS_FULL', { max: 5 }]]])
    assert.match(String(problems[0]?.message), /holds 5 members and takes no more/)
  }
  const running = (): FleetNode[] => fleet.nodes.filter((_, index) => index !== 1 && index !== 2)
  const isIn = ({ peer }: FleetNode): boolean => running().every(({ overlay }) => overlay.member(peer)?.state === 'ALIVE')
  const old = [...fleet.nodes]
  const first = await fleet.start(6)
  await fleet.time.advance(5_000)
  refused(first)
  assert.ok(old.every((node) => seenBy(node, 'ALIVE').length === 6 && node.overlay.members().length === 6))
  await fleet.stop(nodeAt(fleet, 1), 'permanent')
  await fleet.until(() => isIn(first), 5_000, 'the first is in')
  const second = await fleet.start(7)
  fleet.network.crash(nodeAt(fleet, 2).peer)
  await fleet.until(() => nodeAt(fleet, 0).overlay.member(nodeAt(fleet, 2).peer)?.state === 'AWAY', 15_000, 'the crash is seen')
  await fleet.time.advance(5_000)
  refused(second)
  await fleet.until(() => isIn(second), 40_000, 'the second is in')
  assert.ok([first, second].every(({ overlay }) => overlay.state === 'joined' && overlay.problems.length === 0))
  await fleet.until(() => running().every((node) => seenBy(node, 'ALIVE').length === 6), 60_000, 'all see each other')
})
