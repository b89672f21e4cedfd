import { createHash } from 'node:crypto'
import { problemType } from '../envelope.ts'
import { type Problem, type ProblemName, problems } from '../problems.ts'
import { problemMembers } from './problem-members.ts'
import { problemNames } from './problem-schemas.ts'

/** Made from the one table: what `type` of problem details leads to, and docs/problems.md. */

export function isProblemName(name: string): name is ProblemName {
  return Object.hasOwn(problems, name)
}

const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem;color:#1f2328;background:#fff}
code{background:#eff1f3;padding:.1em .3em;border-radius:4px}section{border-top:1px solid #d8dee4}`

const styleHash = createHash('sha256').update(style).digest('base64')

/** For the pages of `problemsHtml`: nothing is loaded, and only this style counts. */
export const problemPagePolicy = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

/** A whole page about these problems. */
export function problemsHtml(names: readonly ProblemName[] = problemNames): string {
  const [only] = names
  const title = names.length === 1 && only !== undefined ? problems[only].title : 'Problems'
  const heading = names.length === 1 ? '' : '<h1>Problems</h1>\n'
  const back = names.length === 1 ? `<p><a href="${problemType('').slice(0, -1)}">All problems</a></p>\n` : ''
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title>
<style>${style}</style></head>
<body>
${heading}${names.map(sectionOf).join('\n')}
${back}</body>
</html>
`
}

function sectionOf(name: ProblemName): string {
  const { status, kind, title, meaning }: Problem = problems[name]
  const members = membersOf(name).map((member) => `<code>${member}</code>`)
  return `<section id="${name}">
<h2>${escapeHtml(title)}</h2>
<p>${withCode(meaning)}</p>
<p>Type <a href="${problemType(name)}"><code>${problemType(name)}</code></a> · status ${status} · kind <code>${kind}</code>${members.length > 0 ? ` · members ${members.join(', ')}` : ''}</p>
</section>`
}

/** Of the problem details, beside those that every problem has. */
function membersOf(name: ProblemName): string[] {
  return Object.keys(problemMembers[name] ?? {})
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}

function withCode(text: string): string {
  return escapeHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>')
}

export function problemsText(names: readonly ProblemName[] = problemNames): string {
  return names
    .map((name) => {
      const { status, kind, title, meaning }: Problem = problems[name]
      return `${name}: ${title}\n${meaning}\nstatus ${status}, kind ${kind}\n`
    })
    .join('\n')
}

/** The text of docs/problems.md. */
export function problemsMarkdown(): string {
  const sections = problemNames.map((name) => {
    const { status, kind, title, meaning }: Problem = problems[name]
    const members = membersOf(name)
    const more = members.length === 0 ? '' : `, members ${members.map((each) => `\`${each}\``).join(', ')}`
    return `## ${name}\n\n${title}: status ${status}, kind \`${kind}\`${more}.\n\n${meaning}\n`
  })
  return `# Problems

What is no success, by its name. With \`Accept: application/problem+json\` the name is the end of \`type\`
(\`${problemType('NAME')}\`, which the server answers with the words below); the envelope has the kind. Made from
\`server/http/problems.ts\` by \`npm run docs\`.

${sections.join('\n')}`
}
