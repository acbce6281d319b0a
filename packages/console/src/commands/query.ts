import { CloudError } from '@cloudpeer/core'
import { InvalidArgumentError } from 'commander'
import { type ExitCode, exitCodes } from '../exit-code.ts'
import { renderAnswer } from '../output/answer.ts'
import { collectedMatchesMax, queryPages } from '../pages.ts'
import type { Session } from '../session.ts'
import type { Shell } from '../shell.ts'
import { withExpression } from '../with-expression.ts'

const queryHelp = `
The query language (a subset of CEL):
  location == "Tokyo" && vcpus >= 4     == != < <= > >= and && || ! ( )
  os in ["linux", "windows"]            one of several values
  instance_type.startsWith("c5")        a prefix
  has(gpu_model)                        the attribute is there at all
  gpu_shared                            a boolean attribute is true
  name == "web-1" || owner == "12D3..." the name, and the peer id of the owner
Where an attribute has several values, a comparison holds if one of them
satisfies it; where it has none, no comparison holds. So !(os == "linux") finds
services without the attribute os too, os != "linux" does not. Texts stand in
double or single quotes, there is no arithmetic, and attributes are not compared
with each other. attributes.x means an attribute that the schema does not know.

Quote the expression for the shell:
  cloudpeer query 'location == "Tokyo" && vcpus >= 4'
  cloudpeer query 'memory_mib >= 65536' --order-by vcpus:desc --limit 5
  cloudpeer query 'has(gpu_model)' --json | jq -r '.matches[].name'

Without --limit all pages are fetched (at most ${collectedMatchesMax} matches) and shown as one
answer. Exit code 3 says that parts of the network could not be asked.
`

interface QueryOptions {
  readonly limit?: number | undefined
  readonly orderBy?: string | undefined
  readonly explain?: true | undefined
  readonly strong?: true | undefined
}

/** `cloudpeer query`. */
export function queryCommand(shell: Shell) {
  return shell
    .command('query')
    .argument('<expression>', 'what the services must satisfy')
    .option('--limit <n>', `at most n matches, 1 to ${collectedMatchesMax}`, parseLimit)
    .option('--order-by <attribute>', 'smallest value first; <attribute>:desc for the largest')
    .option('--explain', 'show how the answer was made')
    .option('--strong', 'ask a majority of the replicas: every acknowledged registration is there')
    .description('find services by what they offer')
    .addHelpText('after', queryHelp)
    .action((expression, options) => shell.run((session) => showQuery(session, expression, options)))
}

async function showQuery(
  session: Session,
  expression: string,
  { limit = collectedMatchesMax, orderBy, explain, strong }: QueryOptions
): Promise<ExitCode> {
  const { client, io, paint, show } = session
  const answer = await queryPages(client, { expression, orderBy, explain, strong }, limit).catch((error: unknown) => {
    throw error instanceof CloudError ? withExpression(error, expression) : error
  })
  await show(answer, () => renderAnswer(answer, expression, io.width, paint))
  return answer.partial ? exitCodes.incomplete : exitCodes.done
}

function parseLimit(text: string): number {
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0
  if (limit < 1 || limit > collectedMatchesMax)
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${collectedMatchesMax}.`)
  return limit
}
