/** From the best to the worst. */
export const severities = ['ok', 'note', 'warning', 'error'] as const

export type Severity = (typeof severities)[number]

/** What one look at something came to. */
export interface Finding {
  /** Stable, for programs: `fsync`, `open_files`. */
  readonly check: string
  readonly severity: Severity
  /** One or more sentences: what is, and why it matters when it should be otherwise. Never a secret. */
  readonly found: string
  /** The command or setting that mends it. */
  readonly mend?: string
}

/** Findings about one thing, under its name. */
export interface Group {
  readonly name: string
  readonly findings: readonly Finding[]
}

export const ok = (check: string, found: string): Finding => ({ check, severity: 'ok', found })

export const note = (check: string, found: string, mend?: string): Finding =>
  finding(check, 'note', found, mend)

export const warning = (check: string, found: string, mend: string): Finding =>
  finding(check, 'warning', found, mend)

export const error = (check: string, found: string, mend: string): Finding =>
  finding(check, 'error', found, mend)

function finding(check: string, severity: Severity, found: string, mend?: string): Finding {
  return { check, severity, found, ...(mend !== undefined && { mend }) }
}

export function countsOf(findings: readonly Finding[]): Record<Severity, number> {
  const counts = { ok: 0, note: 0, warning: 0, error: 0 }
  for (const { severity } of findings) counts[severity] += 1
  return counts
}

/** `ok` where nothing was found. */
export function worstOf(findings: readonly Finding[]): Severity {
  return severities.findLast((severity) => findings.some((each) => each.severity === severity)) ?? 'ok'
}
