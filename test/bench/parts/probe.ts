import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { type Profiler, Session } from 'node:inspector/promises'

/** What a measured process can be asked over IPC. */
type Question = 'cpu' | 'start profile' | 'stop profile'

/** Lets whoever started this process ask what it spends. */
export function answerProbes(): void {
  const session = new Session()
  session.connect()
  const answers: Record<Question, () => unknown> = {
    cpu: cpuMs,
    'start profile': async () => {
      await session.post('Profiler.enable')
      await session.post('Profiler.setSamplingInterval', { interval: 500 })
      await session.post('Profiler.start')
    },
    'stop profile': async () => (await session.post('Profiler.stop')).profile
  }
  process.on('message', async (question: Question) => {
    if (Object.hasOwn(answers, question)) process.send?.({ answer: await answers[question]() })
  })
}

/** CPU time that this process has used so far, in ms. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** CPU time that a process has used so far, in ms. */
export async function cpuMsOf(child: ChildProcess): Promise<number> {
  return (await probe(child, 'cpu')) as number
}

/** V8's CPU profile of this process while `work` runs. */
export async function ownProfile(work: () => Promise<unknown>): Promise<Profiler.Profile> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.start')
  await work()
  const { profile } = await session.post('Profiler.stop')
  session.disconnect()
  return profile
}

/** CPU time that this thread has used so far, in ms: neighbours on the machine do not lengthen it. */
export function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** V8's CPU profile of a process while `work` runs. */
export async function profileOf(child: ChildProcess, work: () => Promise<unknown>): Promise<Profiler.Profile> {
  await probe(child, 'start profile')
  await work()
  return (await probe(child, 'stop profile')) as Profiler.Profile
}

async function probe(child: ChildProcess, question: Question): Promise<unknown> {
  const reply = once(child, 'message')
  child.send(question)
  const [{ answer }] = (await reply) as [{ answer: unknown }]
  return answer
}
