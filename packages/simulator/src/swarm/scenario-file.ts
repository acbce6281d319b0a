import { validator } from '@cloudpeer/core'
import { Type } from 'typebox'
import { adversaries } from '../adversaries/index.ts'
import { faults } from '../faults/index.ts'
import { operationKinds } from '../workload/client.ts'
import type { Scenario } from './scenario.ts'

/** Most machines, faults, operations, and ms, of a scenario that somebody has written. */
const nodesMax = 10_000
const eventsMax = 100_000
const msMax = 86_400_000

const whole = (maximum: number, minimum = 0) => Type.Integer({ minimum, maximum })
const share = Type.Number({ minimum: 0, exclusiveMaximum: 1 })
const oneOf = (names: readonly string[]) => Type.Union(names.map((name) => Type.Literal(name)))
const exactly = { additionalProperties: false }

const scenarioValidator = validator(
  Type.Object(
    {
      seed: whole(2 ** 31 - 1),
      nodes: whole(nodesMax, 1),
      gentle: Type.Boolean(),
      conditions: Type.Object(
        {
          latency: Type.Union([
            Type.Object({ kind: Type.Literal('uniform'), minMs: Type.Number({ exclusiveMinimum: 0 }), maxMs: Type.Number() }, exactly),
            Type.Object({ kind: Type.Literal('regions') }, exactly)
          ]),
          jitter: Type.Boolean(),
          lossShare: share,
          duplicateShare: share,
          reorderShare: share,
          startWithinMs: Type.Number({ minimum: 0, maximum: msMax }),
          leaseMsLeast: Type.Optional(whole(msMax, 1)),
          dimensions: whole(6),
          signatures: oneOf(['hash', 'ed25519']),
          passes: oneOf(['bytes', 'values'])
        },
        exactly
      ),
      startMs: Type.Number({ minimum: 0, maximum: msMax }),
      faultsMs: Type.Number({ minimum: 0, maximum: msMax }),
      healMs: Type.Number({ minimum: 0, maximum: msMax }),
      faults: Type.Array(
        Type.Object(
          {
            id: whole(eventsMax),
            kind: oneOf([...faults.keys()]),
            atMs: Type.Number({ minimum: 0, maximum: msMax }),
            forMs: Type.Number({ minimum: 0, maximum: msMax }),
            machines: Type.Array(whole(2 ** 24), { maxItems: nodesMax }),
            amount: Type.Number()
          },
          exactly
        ),
        { maxItems: eventsMax }
      ),
      adversaries: Type.Array(oneOf(Object.keys(adversaries)), { maxItems: 16 }),
      operations: Type.Array(
        Type.Object(
          {
            id: whole(eventsMax),
            kind: oneOf(operationKinds),
            atMs: Type.Number({ minimum: -msMax, maximum: msMax }),
            machine: whole(2 ** 24)
          },
          exactly
        ),
        { maxItems: eventsMax }
      ),
      registry: Type.Optional(Type.Record(Type.String(), Type.Number())),
      provisioning: Type.Optional(Type.Record(Type.String(), Type.Number())),
      requests: Type.Optional(
        Type.Object(
          {
            severalShare: Type.Number({ minimum: 0, maximum: 1 }),
            countMax: whole(256, 2),
            gangShare: Type.Number({ minimum: 0, maximum: 1 }),
            endingShare: Type.Number({ minimum: 0, maximum: 1 }),
            durationMsMax: whole(msMax, 1),
            cpuMilliMax: whole(1_000_000, 100)
          },
          exactly
        )
      )
    },
    exactly
  )
)

/** A scenario as it was written down. INVALID, naming the field. */
export function parseScenario(written: unknown): Scenario {
  return scenarioValidator.parse(written, 'scenario') as unknown as Scenario
}
