/** The parts of an OpenAPI 3.1 document that ours is made of; plain data, as it goes out. */

/** A JSON Schema of 2020-12. */
export type Schema = { readonly [keyword: string]: unknown }

export interface Reference {
  readonly $ref: string
}

export interface Header {
  readonly description: string
  readonly required?: boolean
  readonly schema: Schema
}

export interface Example {
  readonly summary?: string
  readonly value: unknown
}

export interface Media {
  readonly schema: Schema
  readonly example?: unknown
  readonly examples?: Readonly<Record<string, Example>>
}

export interface ResponseObject {
  readonly description: string
  readonly headers?: Readonly<Record<string, Header | Reference>>
  readonly content?: Readonly<Record<string, Media>>
}

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly description: string
  readonly required?: boolean
  readonly schema: Schema
  readonly example?: unknown
}

export interface RequestBody {
  readonly description?: string
  readonly required: boolean
  readonly content: Readonly<Record<string, Media>>
}

export interface Operation {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  readonly description: string
  readonly security: readonly Readonly<Record<string, readonly string[]>>[]
  readonly parameters: readonly (Parameter | Reference)[]
  readonly requestBody?: RequestBody
  readonly responses: Readonly<Record<string, ResponseObject>>
  /** The names of the problems it may answer with; each is explained at `/problems/{name}`. */
  readonly 'x-problems': readonly string[]
}

export const methods = ['get', 'put', 'post', 'delete', 'patch'] as const

export type Method = (typeof methods)[number]

export type PathItem = Readonly<Partial<Record<Method, Operation>>>

export type Paths = Readonly<Record<string, PathItem>>

export interface OpenApiDocument {
  readonly openapi: string
  readonly info: Readonly<Record<string, unknown>>
  readonly servers: readonly { readonly url: string; readonly description: string }[]
  readonly tags: readonly { readonly name: string; readonly description: string }[]
  readonly paths: Paths
  readonly components: {
    readonly securitySchemes: Readonly<Record<string, unknown>>
    readonly parameters: Readonly<Record<string, Parameter>>
    readonly headers: Readonly<Record<string, Header>>
    readonly responses: Readonly<Record<string, ResponseObject>>
    readonly schemas: Readonly<Record<string, Schema>>
  }
}

export function schemaRef(name: string): Reference & Schema {
  return { $ref: `#/components/schemas/${name}` }
}
