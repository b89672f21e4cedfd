import { content, operation } from './operation.ts'
import type { Paths, ResponseObject } from './types.ts'

const text = (words: string) => ({ schema: { type: 'string' }, example: words })

const document = operation({
  id: 'getOpenApi',
  tag: 'documentation',
  access: 'public',
  summary: 'Read this document',
  description: 'OpenAPI 3.1.',
  responses: {
    200: content('The document.', {
      'application/vnd.oai.openapi+json': { schema: { type: 'object' } },
    }),
  },
})

const page: ResponseObject = content('The page.', { 'text/html': text('<!doctype html>…') })

const docs = operation({
  id: 'getDocs',
  tag: 'documentation',
  access: 'public',
  summary: 'Browse this document',
  description: 'A page that needs nothing of any other host.',
  responses: { 200: page },
})

const docsFile = operation({
  id: 'getDocsFile',
  tag: 'documentation',
  access: 'public',
  summary: 'Read a part of the page',
  description: 'Its script, style and icon.',
  parameters: [
    {
      name: 'file',
      in: 'path',
      description: 'The name of the file.',
      required: true,
      schema: { type: 'string' },
      example: 'swagger-ui.css',
    },
  ],
  responses: {
    200: content('The file.', {
      'text/css': text('.swagger-ui{…}'),
      'text/javascript': text('…'),
      'image/png': { schema: {} },
    }),
    304: content('It is as it was; for a request with If-None-Match or If-Modified-Since.', undefined),
  },
  problems: ['url_not_found'],
})

const problemPage: ResponseObject = content('The page; as plain text for `Accept: text/plain`.', {
  'text/html': text('<!doctype html>…'),
  'text/plain': text('sold_out …'),
})

const problems = operation({
  id: 'listProblems',
  tag: 'documentation',
  access: 'public',
  summary: 'Read about every kind of problem',
  description: 'What each means, and what a client should do.',
  responses: { 200: problemPage },
})

const problem = operation({
  id: 'getProblem',
  tag: 'documentation',
  access: 'public',
  summary: 'Read about one kind of problem',
  description: 'What `type` of problem details leads to.',
  parameters: [
    {
      name: 'problem',
      in: 'path',
      description: 'Its name.',
      required: true,
      schema: { type: 'string' },
      example: 'sold_out',
    },
  ],
  responses: { 200: problemPage },
  problems: ['not_found'],
})

export const pagePaths: Paths = {
  '/openapi.json': { get: document },
  '/docs': { get: docs },
  '/docs/{file}': { get: docsFile },
  '/problems': { get: problems },
  '/problems/{problem}': { get: problem },
}
