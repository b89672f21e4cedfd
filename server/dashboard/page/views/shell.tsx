import { useEffect, useRef, useState } from 'preact/hooks'
import { useApp, useCaller, useStore } from '../hooks.ts'
import { parseRoute, type Route } from '../route.ts'
import { RegisterView, SignInView } from './accounts.tsx'
import { CouponView } from './coupon.tsx'
import { Header } from './header.tsx'
import { MyClaimsView } from './my-claims.tsx'
import { NewCouponView } from './new-coupon.tsx'
import { SaleView } from './sale.tsx'

/** The frame around every view: who is there, where one is, and what is followed. */
export function Shell() {
  const { session, settings } = useApp()
  const state = useStore(session.state)
  const route = useRoute()
  const isIn = settings.auth === 'open' || state.kind === 'in'
  useStream(state.kind === 'in' ? state.me.username : null, isIn && state.kind !== 'restoring', route)
  const main = useFocus(route, isIn, state.kind !== 'restoring')
  return (
    <>
      <button type="button" class="skip plain" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <Header route={route} isIn={isIn} />
      <main id="main" ref={main} tabIndex={-1}>
        {state.kind === 'restoring' ? <p class="empty">Signing in…</p> : <View route={route} isIn={isIn} />}
      </main>
      <Footer />
    </>
  )
}

function View({ route, isIn }: { readonly route: Route; readonly isIn: boolean }) {
  const { isAdmin, username } = useCaller()
  const leave = () => {
    if (route.view === 'sign-in' || route.view === 'register') location.hash = '#/'
  }
  if (route.view === 'register') return <RegisterView onDone={leave} />
  // Who was on the way to somewhere gets there by signing in.
  const needsName = route.view === 'my-claims' && username === null
  if (!isIn || needsName || route.view === 'sign-in') return <SignInView onDone={leave} />
  if (route.view === 'coupon') return <CouponView key={route.name} name={route.name} />
  if (route.view === 'my-claims') return <MyClaimsView />
  if (route.view === 'new-coupon' && isAdmin) return <NewCouponView />
  if (route.view === 'sale') return <SaleView />
  return <NotHere isAdminsOnly={route.view === 'new-coupon'} />
}

function NotHere({ isAdminsOnly }: { readonly isAdminsOnly: boolean }) {
  return (
    <section class="card narrow">
      <h1 tabIndex={-1}>{isAdminsOnly ? 'For admins' : 'Nothing here'}</h1>
      <p>{isAdminsOnly ? 'Only an admin can create coupons.' : 'This address means no view of this page.'}</p>
      <p>
        <a href="#/">Back to the sale</a>
      </p>
    </section>
  )
}

function Footer() {
  const { settings, diagnostics } = useApp()
  const longTasks = useStore(diagnostics.longTasks)
  return (
    <footer>
      <p>
        coupon {settings.version} · strategy {settings.strategy} · <a href="/docs">API</a>
      </p>
      <p>Tasks of this page over 100 ms: {longTasks}</p>
    </footer>
  )
}

function useRoute(): Route {
  const [hash, setHash] = useState(location.hash)
  useEffect(() => {
    const look = () => setHash(location.hash)
    addEventListener('hashchange', look)
    return () => removeEventListener('hashchange', look)
  }, [])
  return parseRoute(hash)
}

/** Follows what the view shows: one coupon on its own page, else the whole sale. */
function useStream(username: string | null, isOn: boolean, route: Route): void {
  const { stream, forgetSale } = useApp()
  const coupon = route.view === 'coupon' ? route.name : null
  // Somebody else sees something else.
  useEffect(() => {
    forgetSale()
    if (isOn) stream.open(coupon)
    else stream.close()
  }, [stream, username, isOn, coupon])
}

/** Another view is another page: the focus goes to its heading, as it would on a page that was loaded. */
function useFocus(route: Route, isIn: boolean, isReady: boolean) {
  const main = useRef<HTMLElement>(null)
  const isFirst = useRef(true)
  const place = route.view === 'coupon' ? `coupon ${route.name}` : route.view
  // Another place or another caller is another page.
  useEffect(() => {
    if (!isReady) return
    const heading = main.current?.querySelector('h1')
    const title = heading?.textContent ?? ''
    document.title = title === '' ? 'coupon' : `${title} · coupon`
    if (!isFirst.current) {
      heading?.focus({ preventScroll: true })
      scrollTo(0, 0)
    }
    isFirst.current = false
  }, [place, isIn, isReady])
  return main
}
