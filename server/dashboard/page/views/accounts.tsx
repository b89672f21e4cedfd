import { useState } from 'preact/hooks'
import { useAction, useApp, useStore } from '../hooks.ts'
import { Field, Form } from '../parts/field.tsx'
import { ProblemNotice } from '../parts/notice.tsx'

/** Where a form of accounts leads when it is done. */
interface AccountProps {
  readonly onDone: () => void
}

export function SignInView({ onDone }: AccountProps) {
  const { session } = useApp()
  const state = useStore(session.state)
  const [username, setUsername] = useState('')
  const [password, setPassword] = useState('')
  const { run, isBusy, problem } = useAction()
  const submit = async () => {
    const isDone = await run(async () => {
      const found = await session.login(username, password)
      return found === null ? { isOk: true, data: null, message: '' } : { isOk: false, problem: found }
    })
    if (isDone) onDone()
  }
  return (
    <div class="account card">
      <h1 tabIndex={-1}>Sign in</h1>
      {state.kind === 'out' && state.why !== null && <p class="notice warn">{state.why}</p>}
      <Form label="Sign in" onSubmit={submit}>
        <Field
          label="Username"
          name="username"
          autocomplete="username"
          isRequired
          value={username}
          onInput={setUsername}
          fault={problem?.faults.username}
        />
        <Field
          label="Password"
          name="password"
          type="password"
          autocomplete="current-password"
          isRequired
          value={password}
          onInput={setPassword}
          fault={problem?.faults.password}
        />
        <ProblemNotice problem={problem} />
        <button type="submit" disabled={isBusy}>
          Sign in
        </button>
      </Form>
      <p class="muted">
        No account yet? <a href="#/register">Register</a>.
      </p>
    </div>
  )
}

export function RegisterView({ onDone }: AccountProps) {
  const { session, api } = useApp()
  const [typed, setTyped] = useState({ username: '', full_name: '', password: '' })
  const { run, isBusy, problem } = useAction()
  const set = (key: keyof typeof typed) => (value: string) => setTyped({ ...typed, [key]: value })
  const submit = async () => {
    const isDone = await run(async () => {
      const made = await api.call('POST', '/users/register', { body: typed })
      if (!made.isOk) return made
      const found = await session.login(typed.username, typed.password)
      return found === null ? made : { isOk: false, problem: found }
    })
    if (isDone) onDone()
  }
  return (
    <div class="account card">
      <h1 tabIndex={-1}>Register</h1>
      <Form label="Register" onSubmit={submit}>
        <Field
          label="Username"
          name="username"
          autocomplete="username"
          isRequired
          hint="Letters, digits and . _ @ + -"
          value={typed.username}
          onInput={set('username')}
          fault={problem?.faults.username}
        />
        <Field
          label="Full name"
          name="name"
          autocomplete="name"
          isRequired
          value={typed.full_name}
          onInput={set('full_name')}
          fault={problem?.faults.full_name}
        />
        <Field
          label="Password"
          name="password"
          type="password"
          autocomplete="new-password"
          isRequired
          hint="At least 8 characters."
          value={typed.password}
          onInput={set('password')}
          fault={problem?.faults.password}
        />
        <ProblemNotice problem={problem} />
        <button type="submit" disabled={isBusy}>
          Register and sign in
        </button>
      </Form>
      <p class="muted">
        There is an account already? <a href="#/sign-in">Sign in</a>.
      </p>
    </div>
  )
}
