import type { Claim, ClaimEvent } from '../api/types.ts'
import { useAsked } from '../hooks.ts'
import { Badge } from './badge.tsx'
import { dayTime } from './format.ts'
import { ProblemNotice } from './notice.tsx'

/** What became of a claim after it was made. */
export function ClaimHistory({ claim }: { readonly claim: Claim }) {
  // The state is in the path's key, so that a change is read again; the API takes no notice of it.
  const asked = useAsked<readonly ClaimEvent[]>(
    `/claims/${encodeURIComponent(claim.id)}/events?of=${claim.state}`,
  )
  return (
    <>
      <ProblemNotice problem={asked.problem} />
      <ol class="history">
        <li>
          {dayTime(claim.created_at)}: claimed by {claim.user_id}
        </li>
        {asked.data?.map(({ state, created_at, actor, reason }) => (
          <li key={`${state}${created_at}`}>
            {dayTime(created_at)}: <Badge state={state} /> by {actor}
            {reason !== null && `, “${reason}”`}
          </li>
        ))}
      </ol>
    </>
  )
}
