import type { Problem } from '../api/problem.ts'

/** Faults of fields stand at the fields; this says the rest, or that there are some. */
export function ProblemNotice({ problem }: { readonly problem: Problem | null }) {
  if (problem === null) return null
  return (
    <p class="notice bad" role="alert">
      {sentence(problem.message)}
    </p>
  )
}

export function DoneNotice({ message }: { readonly message: string | null }) {
  // The region stands before its text comes, or a screen reader would not tell of it.
  return <div role="status">{message !== null && message !== '' && <p class="notice good">{message}</p>}</div>
}

/** Messages about one field begin with its name and have no end. */
export function sentence(text: string): string {
  const ended = /[.!?]$/.test(text) ? text : `${text}.`
  return ended.charAt(0).toUpperCase() + ended.slice(1)
}
