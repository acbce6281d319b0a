import { CloudError } from '@cloudpeer/core'

/** Where a node serves its API unless it is told otherwise. */
export const apiUrlDefault = 'http://127.0.0.1:7070'

/** The URL of an API from a URL, `host:port` or a port of this machine. USAGE for anything else. */
export function apiUrlFrom(text: string): string {
  const url = completed(text)
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new CloudError('USAGE', { problem: `${text.slice(0, 256)} is no address of an API`, hint: 'give a URL, host:port, or a port' })
  }
  return url
}

function completed(text: string): string {
  if (text.includes('://')) return text
  return /^:?\d+$/.test(text) ? `http://127.0.0.1:${text.replace(':', '')}` : `http://${text}`
}
