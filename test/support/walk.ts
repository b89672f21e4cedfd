import { spawn } from 'node:child_process'

/** A block of commands in a page of documentation, and what the page says it prints. */
export interface Step {
  readonly script: string
  /** The fence of `json` or `text` after the commands, if there is one. */
  readonly printed: string | null
}

const fence = /```(\w+)\n([\s\S]*?)```/g

/** The `sh` fences of a Markdown page, each with the `json` or `text` fence that follows it. */
export function stepsOf(page: string): Step[] {
  const steps: { script: string; printed: string | null }[] = []
  let last: { script: string; printed: string | null } | undefined
  for (const [, language, text = ''] of page.matchAll(fence)) {
    if (language === 'sh') {
      last = { script: text, printed: null }
      steps.push(last)
    } else if (last !== undefined) {
      last.printed = text
      last = undefined
    }
  }
  return steps
}

const mark = 'a step ends here'

export interface WalkOptions {
  readonly folder: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Commands run before the page's own. */
  readonly prelude: string
}

/** Runs all steps in one bash, as a reader would in one terminal; resolves to what each printed. */
export function walk(
  steps: readonly Step[],
  { folder, environment, prelude }: WalkOptions,
): Promise<string[]> {
  const script = [prelude, ...steps.map((step) => `${step.script}\nprintf '\\n${mark}\\n'`)].join('\n')
  return new Promise((resolve, reject) => {
    const bash = spawn('bash', ['-eu', '-c', script], { cwd: folder, env: environment })
    let stdout = ''
    let stderr = ''
    bash.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
    })
    bash.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString()
    })
    bash.once('error', reject)
    bash.once('close', (code) => {
      if (code === 0) resolve(stdout.split(`\n${mark}\n`).slice(0, steps.length))
      else reject(new Error(`bash ended with ${code} after:\n${stdout}\n${stderr}`))
    })
  })
}

/** What differs from run to run, by a word for it; spaces at the ends of lines do not count. */
export function withoutChance(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, (time) =>
      time.startsWith('2099') ? time : 'TIME',
    )
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UUID')
    .replaceAll(/"(next_cursor)":"[^"]+"/g, '"$1":"CURSOR"')
    .replaceAll(/[ \t]+$/gm, '')
    .trim()
}
