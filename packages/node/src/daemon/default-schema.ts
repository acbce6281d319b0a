import { parseSchema, type Schema } from '@cloudpeer/model'

/**
 * The schema of a network whose founder configured none: what services of most clouds have. Each indexed attribute costs
 * copies of every record that has it, so only those are indexed that queries are likely to begin with.
 */
export const defaultSchema: Schema = parseSchema({
  version: 1,
  attributes: {
    service_type: { type: 'string', indexed: true, description: 'what the service does' },
    location: { type: 'string', indexed: true, description: 'where it runs' },
    os: { type: 'string', description: 'operating system' },
    arch: { type: 'string', description: 'processor architecture' },
    vcpus: { type: 'int', min: 0, indexed: true, description: 'virtual processors' },
    clock_mhz: { type: 'int', min: 0, unit: 'MHz' },
    memory_mib: { type: 'int', min: 0, unit: 'MiB', indexed: true },
    disk_gib: { type: 'int', min: 0, unit: 'GiB' },
    gpus: { type: 'int', min: 0 },
    gpu_model: { type: 'string', indexed: true },
    price_per_hour: { type: 'double', min: 0, class: 'dynamic' },
    cpu_utilization: { type: 'double', min: 0, max: 100, unit: '%', class: 'dynamic' }
  }
})
