import { type Gpu, gpusMax, parseCapacity, parseCpu, parseQuantity } from '@cloudpeer/model'
import type { CapacitySetting, ConfiguredCapacity } from './config.ts'
import { badSetting, type Reader, readInteger, readText } from './readers.ts'

/** The most GPUs of one model. */
const readCount = readInteger(1, gpusMax)
const readModel = readText(64)

/**
 * `none`, a map of `cpu`, `memory`, `disk`, `gpus`, `others` and `attributes`, or a list of texts such as
 * `cpu=4,memory=8GiB,gpu=2xV100M32`, where `gpu` may stand several times.
 */
export const readCapacity: Reader<CapacitySetting> = (value, field) => {
  const only = Array.isArray(value) && value.length === 1 ? value[0] : value
  if (only === 'none') return 'none'
  return configured(Array.isArray(value) ? mapFrom(value, field) : asMap(value, field), field)
}

function configured(map: Readonly<Record<string, unknown>>, field: string): ConfiguredCapacity {
  const entries = Object.entries(map).map(([key, value]) => readEntry(key, value, `${field}.${key.slice(0, 64)}`))
  const { attributes, ...amounts } = Object.fromEntries(entries)
  parseCapacity(amounts, field)
  return { ...amounts, ...(attributes !== undefined && { attributes: attributes as ConfiguredCapacity['attributes'] & object }) }
}

function readEntry(key: string, value: unknown, field: string): readonly [key: string, value: unknown] {
  if (key === 'cpu') return ['cpuMilli', parseCpu(String(value), field)]
  if (key === 'memory') return ['memoryMib', parseQuantity(String(value), field)]
  if (key === 'disk') return ['diskMib', parseQuantity(String(value), field)]
  if (key === 'gpus') return ['gpus', readGpus(value, field)]
  if (key === 'others' || key === 'attributes') return [key, asMap(value, field)]
  throw badSetting(field, 'is not known; known are cpu, memory, disk, gpus, others, attributes')
}

function readGpus(value: unknown, field: string): readonly Gpu[] {
  if (!Array.isArray(value)) throw badSetting(field, 'must be a list of {model, count}')
  return value.flatMap((item, index) => {
    const at = `${field}[${index}]`
    const { model, count = 1, ...rest } = asMap(item, at)
    const unknown = Object.keys(rest)[0]
    if (unknown !== undefined) throw badSetting(`${at}.${unknown.slice(0, 64)}`, 'is not known; known are model, count')
    return Array.from({ length: readCount(count, `${at}.count`) }, () => ({ model: readModel(model, `${at}.model`), milli: 1000 }))
  })
}

function mapFrom(items: readonly unknown[], field: string): Readonly<Record<string, unknown>> {
  const map: Record<string, unknown> = {}
  const gpus: unknown[] = []
  for (const item of items.flatMap((texts) => String(texts).split(','))) {
    const [, key, text = ''] = /^([a-z]+)=(.+)$/.exec(item.trim()) ?? []
    if (key === undefined) throw badSetting(field, `${item.slice(0, 64)} is not NAME=AMOUNT such as cpu=4 or memory=8GiB`)
    if (key === 'gpu') gpus.push(gpuFrom(text))
    else if (['cpu', 'memory', 'disk'].includes(key)) map[key] = text
    else throw badSetting(`${field}.${key.slice(0, 64)}`, 'is not known; known are cpu, memory, disk, gpu')
  }
  return gpus.length > 0 ? { ...map, gpus } : map
}

function gpuFrom(text: string): { readonly model: string; readonly count: number } {
  const [, count = '1', model = text] = /^(\d{1,3})x(.+)$/.exec(text) ?? []
  return { model, count: Number(count) }
}

function asMap(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badSetting(field, 'must be a map')
  return value as Readonly<Record<string, unknown>>
}
