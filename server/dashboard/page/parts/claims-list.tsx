import { useEffect, useState } from 'preact/hooks'
import { type ClaimPage, claimStates } from '../api/types.ts'
import { useAsked, useCalm } from '../hooks.ts'
import { ClaimsTable } from './claims-table.tsx'
import { Field, Form, SelectField } from './field.tsx'
import { ProblemNotice } from './notice.tsx'

interface ClaimsListProps {
  readonly caption: string
  /** Of the API, such as `/users/me/claims`. */
  readonly path: string
  readonly isOwn: boolean
  /** Read again when this changes, if that can be seen: claims of a coupon come at the end, one's own at the beginning. */
  readonly version?: unknown
  readonly onChanged?: () => void
}

const limit = 25
const stateChoices: readonly (readonly [string, string])[] = [
  ['', 'Any state'],
  ...claimStates.map((state) => [state, state === 'released' ? 'given back' : state] as const),
]

/** Claims page by page; one page at a time is kept, however many there are. */
export function ClaimsList({ caption, path, isOwn, version, onChanged = () => {} }: ClaimsListProps) {
  const [typed, setTyped] = useState('')
  const [user, setUser] = useState('')
  const [state, setState] = useState('')
  const [cursors, setCursors] = useState<readonly string[]>([])
  const query = new URLSearchParams({ limit: String(limit) })
  if (user !== '') query.set('user', user)
  if (state !== '') query.set('state', state)
  const cursor = cursors.at(-1)
  if (cursor !== undefined) query.set('cursor', cursor)
  const { data, problem, isBusy, reload } = useAsked<ClaimPage>(`${path}?${query}`)

  const isEndShown = (data?.meta.next_cursor ?? null) === null
  const calm = useCalm(version, 2000)
  useEffect(() => {
    if (isOwn || isEndShown) reload()
  }, [calm])

  const changed = () => {
    reload()
    onChanged()
  }
  const search = () => {
    setCursors([])
    setUser(typed.trim())
    reload()
  }
  return (
    <>
      <Form label={`Search ${caption.toLowerCase()}`} class="search" onSubmit={search}>
        {!isOwn && <Field label="Username" type="search" value={typed} onInput={setTyped} />}
        <SelectField
          label="State"
          value={state}
          onInput={(value) => {
            setCursors([])
            setState(value)
          }}
          choices={stateChoices}
        />
        <button type="submit" class="plain">
          {isOwn ? 'Refresh' : 'Search'}
        </button>
      </Form>
      <ProblemNotice problem={problem} />
      {data !== null && data.data.length > 0 && (
        <ClaimsTable caption={caption} claims={data.data} isOwn={isOwn} onChanged={changed} />
      )}
      {data !== null && data.data.length === 0 && <p class="empty">No claims here.</p>}
      <Pages isBusy={isBusy} cursors={cursors} next={data?.meta.next_cursor ?? null} onTurn={setCursors} />
    </>
  )
}

interface PagesProps {
  readonly isBusy: boolean
  /** Of the pages up to this one, without the first, which has none. */
  readonly cursors: readonly string[]
  readonly next: string | null
  readonly onTurn: (cursors: readonly string[]) => void
}

function Pages({ isBusy, cursors, next, onTurn }: PagesProps) {
  return (
    <div class="pages" aria-busy={isBusy}>
      {cursors.length > 0 && (
        <button type="button" class="plain" onClick={() => onTurn(cursors.slice(0, -1))}>
          Back
        </button>
      )}
      {next !== null && (
        <button type="button" class="plain" onClick={() => onTurn([...cursors, next])}>
          Next {limit}
        </button>
      )}
    </div>
  )
}
