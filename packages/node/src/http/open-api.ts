import { hasBody, headerName, problemMediaType, problemSchema, type Route } from '@cloudpeer/api'
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import type { FastifySchema } from 'fastify'

/** The problem document as a component that every operation refers to. */
export const problemComponent = { $id: 'Problem', ...problemSchema }

/** OpenAPI 3.1 from the registered routes, each component under its own name. */
export function openApi(version: string): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Cloudpeer',
        version,
        description: 'Publish services and find them, at any node of the network.',
        license: { name: 'Apache-2.0' }
      }
    },
    refResolver: { buildLocalReference: (json, _base, _fragment, index) => String(json.$id ?? `schema-${index}`) }
  }
}

/** What a route's schemas say to a reader of the contract. */
export function documentedSchema(route: Route): FastifySchema {
  const codes = ['INVALID', ...route.errors, 'OVERLOADED', 'INTERNAL'].join(', ')
  return {
    operationId: route.name,
    summary: route.summary,
    ...(Object.keys(route.params.properties).length > 0 ? { params: route.params } : {}),
    ...(Object.keys(route.headers.properties).length > 0 ? { headers: documentedHeaders(route) } : {}),
    ...(route.method === 'GET' && Object.keys(route.body.properties).length > 0 ? { querystring: route.body } : {}),
    ...(hasBody(route) ? { body: route.body } : {}),
    response: {
      200: { description: 'done', content: { 'application/json': { schema: route.reply } } },
      default: { description: `an error: ${codes}`, content: { [problemMediaType]: { schema: { $ref: 'Problem#' } } } }
    }
  }
}

/** The fields that travel as headers, under the names that they have there. */
function documentedHeaders({ headers }: Route): object {
  const properties = Object.entries(headers.properties).map(([name, schema]) => [headerName(name), schema])
  return { type: 'object', properties: Object.fromEntries(properties), required: headers.required?.map(headerName) ?? [] }
}
