import type { ReadFile } from '../../src/placement/csv-table.ts'

/** A trace in the form of Alibaba's: three machines, five requests, of which one was never scheduled. */
const files: Readonly<Record<string, string>> = {
  'nodes.csv': `sn,cpu_milli,memory_mib,gpu,model
n-0,8000,16384,0,
n-1,16000,32768,2,T4
n-2,32000,65536,4,V100M32
`,
  'pods.csv': `name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time
p-0,4000,8192,0,0,,LS,Running,100,400,100
p-1,4000,8192,1,500,,BE,Running,110,310,120
p-2,4000,8192,2,1000,T4|V100M32,LS,Succeeded,105,205,105
p-3,4000,8192,4,1000,V100M32,BE,Pending,120,121,
p-4,4000,8192,1,1000,,LS,Running,130,630,130
`
}

/** Reads the small trace, with some files replaced, from any directory. */
export function smallTrace(replaced: Readonly<Record<string, string>> = {}): ReadFile {
  return (path) => {
    const name = path.slice(path.lastIndexOf('/') + 1)
    const text = replaced[name] ?? files[name]
    if (text === undefined) throw new Error(`ENOENT: no such file, open '${path}'`)
    return Buffer.from(text)
  }
}

/** A file of the small trace with one text in place of another. */
export function changed(name: string, from: string, to: string): Readonly<Record<string, string>> {
  return { [name]: (files[name] as string).replace(from, to) }
}
