import { strategies } from '../placement/strategies.ts'
import type { ClusterInit } from '../placement/strategy.ts'
import type { ChoiceParameter, NumberParameter, Settings } from './parameters.ts'

/** One way's time of a message. */
export const oneWayParameter: NumberParameter = {
  name: 'one-way',
  about: 'time of a message on its way',
  unit: 'ms',
  default: 10,
  min: 1,
  max: 1000
}

/** The longest wait of those that try again. */
export function retryParameter(seconds: number): NumberParameter {
  return { name: 'retry-max', about: 'longest wait between two attempts without a queue', unit: 's', default: seconds, min: 1, max: 3600 }
}

/** Which strategies are run: these, if none are chosen. */
export function strategiesParameter(...names: readonly string[]): ChoiceParameter {
  return { name: 'strategies', about: 'which strategies are compared', default: names, choices: strategies.map(({ name }) => name) }
}

/** What the settings say about any cluster. */
export function clusterInit(settings: Settings): Omit<ClusterInit, 'machines'> {
  return {
    seed: settings.number('seed'),
    oneWayMs: settings.number('one-way'),
    retryMsMax: settings.number('retry-max') * 1000
  }
}
