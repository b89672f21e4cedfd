import { useApp, useCaller, useStore } from '../hooks.ts'
import type { Route } from '../route.ts'
import { LinkNote } from './link.tsx'

interface HeaderProps {
  readonly route: Route
  readonly isIn: boolean
}

export function Header({ route, isIn }: HeaderProps) {
  const { isAdmin } = useCaller()
  const link = (view: Route['view'], href: string, words: string) => (
    <a href={href} aria-current={route.view === view ? 'page' : undefined}>
      {words}
    </a>
  )
  return (
    <header>
      <div class="bar-of-page">
        <p class="brand">
          <span class="brand-mark" aria-hidden="true" />
          coupon
        </p>
        <nav aria-label="Views">
          {isIn && link('sale', '#/', 'Sale')}
          {isIn && link('my-claims', '#/claims', 'My claims')}
          {isIn && isAdmin && link('new-coupon', '#/new', 'New coupon')}
        </nav>
        <LinkNote />
        <WhoIsThere isIn={isIn} />
      </div>
    </header>
  )
}

function WhoIsThere({ isIn }: { readonly isIn: boolean }) {
  const { session, settings } = useApp()
  const { username, isAdmin } = useCaller()
  const state = useStore(session.state)
  if (state.kind === 'restoring') return null
  if (username === null) {
    return (
      <div class="who">
        {settings.auth === 'open' && <span title="auth.mode is open: nobody needs a token">open mode</span>}
        {isIn && <a href="#/sign-in">Sign in</a>}
      </div>
    )
  }
  return (
    <div class="who">
      <span class="who-name">{username}</span>
      {isAdmin && <span class="badge plain">admin</span>}
      <button type="button" class="quiet" onClick={() => void session.logout()}>
        Sign out
      </button>
    </div>
  )
}
