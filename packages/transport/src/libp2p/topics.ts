import { assert, CloudError, type Log, type PeerId } from '@cloudpeer/core'
import type { GossipSub, Message } from '@libp2p/gossipsub'
import { TopicValidatorResult } from '@libp2p/gossipsub'
import { type Subscription, type TopicListener, type TopicMessage, topicMessageBytesMax, type Verdict } from '../port/transport.ts'

const results: Readonly<Record<Verdict, TopicValidatorResult>> = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject
}

/** The topics of one network over gossipsub: signed by their publishers, bounded, and validated before they travel on. */
export class Topics {
  readonly #prefix: string
  readonly #log: Log
  readonly #listeners = new Map<string, TopicListener>()
  #pubsub: GossipSub | undefined

  constructor(networkId: string, log: Log) {
    this.#prefix = `/cloudpeer/${networkId}/`
    this.#log = log
  }

  /** Follows on a started node what was subscribed to until now, and what will be. */
  start(pubsub: GossipSub): void {
    this.#pubsub = pubsub
    pubsub.addEventListener('message', ({ detail }) => this.#deliver(detail))
    for (const name of this.#listeners.keys()) this.#follow(pubsub, name)
  }

  stop(): void {
    this.#pubsub = undefined
  }

  subscribe(topic: string, listener: TopicListener): Subscription {
    const name = this.#prefix + topic
    assert(!this.#listeners.has(name), `topic ${topic} is followed twice`)
    this.#listeners.set(name, listener)
    if (this.#pubsub) this.#follow(this.#pubsub, name)
    return {
      close: () => {
        if (!this.#listeners.delete(name)) return
        this.#pubsub?.topicValidators.delete(name)
        this.#pubsub?.unsubscribe(name)
      }
    }
  }

  async publish(topic: string, data: Uint8Array): Promise<{ readonly recipients: number }> {
    if (data.length > topicMessageBytesMax)
      throw new CloudError('TOO_LARGE', { field: 'message', bytes: data.length, max: topicMessageBytesMax })
    if (this.#pubsub === undefined) throw new CloudError('STOPPED', { component: 'transport' })
    const { recipients } = await this.#pubsub.publish(this.#prefix + topic, data)
    return { recipients: recipients.length }
  }

  #follow(pubsub: GossipSub, name: string): void {
    pubsub.topicValidators.set(name, (_from, message) => results[this.#verdict(message)])
    pubsub.subscribe(name)
  }

  #verdict(message: Message): Verdict {
    const listener = this.#listeners.get(message.topic)
    const signed = topicMessageFrom(message)
    if (listener === undefined) return 'ignore'
    if (signed === undefined || signed.data.length > topicMessageBytesMax) return 'reject'
    try {
      return listener.validate(signed)
    } catch (error) {
      this.#log.error('a topic validator failed', { topic: message.topic, from: signed.from, error })
      return 'ignore'
    }
  }

  #deliver(message: Message): void {
    const signed = topicMessageFrom(message)
    try {
      if (signed) this.#listeners.get(message.topic)?.handle(signed)
    } catch (error) {
      this.#log.error('a topic handler failed', { topic: message.topic, error })
    }
  }
}

function topicMessageFrom(message: Message): TopicMessage | undefined {
  return message.type === 'signed' ? { from: message.from.toString() as PeerId, data: message.data } : undefined
}
