/** Why a request came to nothing, in words for whoever made it. */
export interface Problem {
  /** The last part of the problem's `type`, such as `sold_out`; `unreachable` when there was no answer at all. */
  readonly name: string
  /** The status of the answer; 0 when there was none. */
  readonly status: number
  readonly message: string
  /** What is wrong with single fields, by their names in the body. */
  readonly faults: Readonly<Record<string, string>>
  readonly retryAfterMs: number | null
}

export type Answer<T> =
  | { readonly isOk: true; readonly data: T; readonly message: string }
  | { readonly isOk: false; readonly problem: Problem }

export const unreachable: Problem = {
  name: 'unreachable',
  status: 0,
  message: 'The server cannot be reached. Try again in a moment.',
  faults: {},
  retryAfterMs: null,
}

/** Of an answer that is no success, whether or not its body is the API's own. */
export async function problemOf(response: Response): Promise<Problem> {
  const body = objectOf(await response.json().catch(() => null))
  const retryAfter = Number(response.headers.get('Retry-After') ?? Number.NaN)
  return {
    name:
      String(body.type ?? 'internal_error')
        .split('/')
        .at(-1) ?? '',
    status: response.status,
    message: textOf(body.detail) ?? textOf(body.title) ?? `The server answered ${response.status}.`,
    faults: faultsOf(body.errors),
    retryAfterMs: Number.isFinite(retryAfter) ? retryAfter * 1000 : null,
  }
}

function faultsOf(errors: unknown): Record<string, string> {
  if (!Array.isArray(errors)) return {}
  const pairs = errors.map(objectOf).map(({ key, value }) => [String(key), String(value)])
  return Object.fromEntries(pairs) as Record<string, string>
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
