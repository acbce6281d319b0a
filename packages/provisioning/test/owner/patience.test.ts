import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type PeerId, seededRandom } from '@cloudpeer/core'
import { createVirtualTime } from '@cloudpeer/core/virtual-time'
import { createPatience, pausedMax, pauseHoldsFirst, pauseHoldsMax } from '../../src/owner/patience.ts'

const holdMs = 5_000
const [hoarder, other] = ['hoarder', 'other'] as [PeerId, PeerId]

function setUp() {
  const time = createVirtualTime(1_000)
  return { time, patience: createPatience({ clock: time.clock, random: seededRandom(1), holdMs }) }
}

describe('patience', () => {
  it('pauses a requester that lets holds pass, twice as long each time and never longer than the longest', async () => {
    const { time, patience } = setUp()
    for (let holds = pauseHoldsFirst; holds < 8 * pauseHoldsMax; holds *= 2) {
      patience.missed([hoarder])
      const [pauseMs, ceiling] = [patience.pauseMs(hoarder), Math.min(holds, pauseHoldsMax) * holdMs]
      assert.ok(pauseMs >= ceiling / 2 && pauseMs <= ceiling, `${pauseMs} of ${ceiling}`)
      assert.equal(patience.pauseMs(other), 0)
      await time.advance(pauseMs)
      assert.equal(patience.pauseMs(hoarder), 0)
    }
  })

  it('counts holds that end together, or within a pause, as one', async () => {
    const { time, patience } = setUp()
    patience.missed([hoarder, hoarder])
    const before = patience.pauseMs(hoarder)
    await time.advance(1_000)
    patience.missed([hoarder])
    assert.equal(patience.pauseMs(hoarder), before - 1_000)
  })

  it('forgets once something is taken, and when there was no trouble for long', async () => {
    const { time, patience } = setUp()
    for (const forget of [() => patience.taken([hoarder]), () => time.advance(pauseHoldsMax * holdMs)]) {
      for (let times = 0; times < 3; times++) {
        patience.missed([hoarder])
        await time.advance(patience.pauseMs(hoarder))
      }
      await forget()
      patience.missed([hoarder])
      assert.ok(patience.pauseMs(hoarder) <= pauseHoldsFirst * holdMs)
      patience.taken([hoarder])
      assert.equal(patience.pauseMs(hoarder), 0)
    }
  })

  it('remembers so many requesters and no more', () => {
    const { patience } = setUp()
    const many = Array.from({ length: pausedMax }, (_, index) => `${index}` as PeerId)
    patience.missed([hoarder, ...many])
    assert.equal(patience.pauseMs(hoarder), 0)
    assert.ok(many.every((requester) => patience.pauseMs(requester) > 0))
  })
})
