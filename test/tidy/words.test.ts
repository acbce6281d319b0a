import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mentionsOf } from './places.ts'
import { filesMatching } from './tree.ts'

const texts = filesMatching(
  '*.{md,json}',
  '.*.json',
  '{bin,docker,test}/**/*.*',
  '.ci/*',
  'packages/**/*.{ts,js,json,md,html,css,yaml}'
).filter(({ path }) => path !== 'package-lock.json' && path !== 'test/tidy/words.test.ts' && !path.includes('/catalogue/'))

const forbidden: Readonly<Record<string, RegExp>> = {
  'paths of one machine': /(^|[^\w.])\/(work|root|tmp|home)\/|\.\.\/shared|\.library\b/,
  'unfinished business': /\b(TODO|FIXME|XXX|HACK)\b/,
  'numbers of issues': /\b(issue|bug|pr|see|fix(es)?|closes?) #\d+\b|\b(issues|pull)\/\d+/i,
  'words on how the project was made':
    /\b(claude|anthropic|openai|chatgpt|copilot|llms?|language model|ai[- ]generated|founders? session)\b/i
}

for (const [what, pattern] of Object.entries(forbidden)) {
  test(`the repository has no ${what}`, () => {
    assert.ok(texts.length > 0)
    assert.deepEqual(mentionsOf(texts, pattern), [])
  })
}
