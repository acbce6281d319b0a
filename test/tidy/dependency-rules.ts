import type { IRegularForbiddenRuleType } from 'dependency-cruiser'
import { layers, machineSources, protocolSources } from './layers.ts'

/** What no import of a package's `src` may do, as rules of dependency-cruiser. */
export const dependencyRules: readonly IRegularForbiddenRuleType[] = [
  ...Object.entries(layers).map(([name, others]) => onlyDownwards(name, others)),
  rule(
    'packages-meet-at-their-exports',
    { path: '^packages/([^/]+)/' },
    { path: '^packages/', pathNot: '^packages/$1/', dependencyTypes: ['local'] }
  ),
  rule('no-cycles', { path: '^packages/' }, { circular: true }),
  rule('imports-exist', {}, { couldNotResolve: true, pathNot: '^node:' }),
  onlyIn('^packages/transport/src/libp2p/', 'libp2p', 'node_modules/(libp2p|@libp2p|@chainsafe/libp2p-[^/]+)/'),
  onlyIn('^packages/core/src/store/', 'sqlite', '^(node:)?sqlite$'),
  onlyIn('^packages/node/src/(dev|hooks)/', 'child-process', '^(node:)?child_process$'),
  onlyIn('^packages/node/src/', 'fastify', 'node_modules/(fastify|@fastify)/'),
  rule(
    'protocol-logic-is-handed-its-environment',
    { path: protocolSources, pathNot: machineSources },
    { path: '^(node:)?(dgram|dns|fs|http|http2|https|net|os|perf_hooks|timers|tls|worker_threads)(/|$)' }
  )
]

function onlyDownwards(name: string, others: readonly string[]): IRegularForbiddenRuleType {
  const allowed = [name, ...others].join('|')
  return rule(
    `${name}-imports-only-what-is-below`,
    { path: `^packages/${name}/src/` },
    { path: '^packages/', pathNot: `^packages/(${allowed})/` }
  )
}

function onlyIn(folder: string, what: string, path: string): IRegularForbiddenRuleType {
  return rule(`${what}-stays-fenced`, { path: '^packages/[^/]+/src/', pathNot: folder }, { path })
}

function rule(name: string, from: IRegularForbiddenRuleType['from'], to: IRegularForbiddenRuleType['to']): IRegularForbiddenRuleType {
  return { name, severity: 'error', from, to }
}
