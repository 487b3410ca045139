import { useMutation } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { logIn } from '../../api/session'
import { DemoBanner } from '../../components/demo-banner'
import { Form } from '../../components/form'

export function Login() {
  const username = useRef<HTMLInputElement>(null)
  useEffect(() => username.current?.focus(), [])
  const attempt = useMutation({
    mutationFn: (form: FormData) => logIn(String(form.get('username')), String(form.get('password'))),
  })
  return (
    <main className="mx-auto grid min-h-dvh max-w-sm content-center gap-6 p-4">
      <h1 className="flex items-center gap-3 text-2xl font-semibold">
        <img src="/favicon.svg" alt="" width="32" height="32" /> EvilTwin
      </h1>
      <DemoBanner />
      <Form className="panel grid gap-3" onSend={(fields) => attempt.mutate(fields)}>
        <h2 className="font-semibold">Log in</h2>
        <label className="field">
          Username
          <input className="input" name="username" ref={username} autoComplete="username" required />
        </label>
        <label className="field">
          Password
          <input className="input" name="password" type="password" autoComplete="current-password" required />
        </label>
        <button type="submit" className="button button-primary" disabled={attempt.isPending}>
          {attempt.isPending ? 'Logging in …' : 'Log in'}
        </button>
        <p role="alert" className="text-bad empty:hidden">
          {attempt.error?.message}
        </p>
        <p className="text-sm text-muted">
          The server printed the administrator's password in its terminal when it first started.
        </p>
      </Form>
      <p className="text-sm text-muted">
        <a className="link" href="/docs">
          API documentation
        </a>
      </p>
    </main>
  )
}
