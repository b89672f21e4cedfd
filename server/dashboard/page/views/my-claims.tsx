import { useApp, useCaller, useStore } from '../hooks.ts'
import { ClaimsList } from '../parts/claims-list.tsx'

/** One's own claims over all coupons. */
export function MyClaimsView() {
  const { username } = useCaller()
  const { recent } = useStore(useApp().sale)
  // A claim made elsewhere under the same name is told by the stream.
  const newest = recent.find((claim) => claim.username === undefined || claim.username === username)
  return (
    <>
      <h1 tabIndex={-1}>My claims</h1>
      <section class="card">
        <ClaimsList
          caption="My claims"
          path="/users/me/claims"
          isOwn
          version={newest === undefined ? '' : `${newest.id} ${newest.state}`}
        />
      </section>
    </>
  )
}
