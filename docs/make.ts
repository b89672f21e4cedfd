/** `npm run docs` writes the pages that are made from the sources. */
import { writeFile } from 'node:fs/promises'
import { problemsMarkdown } from '../server/http/openapi/problem-pages.ts'

await writeFile(new URL('problems.md', import.meta.url), problemsMarkdown())
