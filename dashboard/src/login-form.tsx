import type { TokenPair } from '@eviltwin/contract'
import { useMutation } from '@tanstack/react-query'
import { login } from './api'

export function LoginForm({ onLogin }: { onLogin: (tokens: TokenPair) => void }) {
  const attempt = useMutation({
    mutationFn: (form: FormData) => login(String(form.get('username')), String(form.get('password'))),
    onSuccess: onLogin,
  })
  return (
    <form
      className="login"
      onSubmit={(event) => {
        event.preventDefault()
        attempt.mutate(new FormData(event.currentTarget))
      }}
    >
      <h2>Log in</h2>
      <label>
        Username
        <input name="username" autoComplete="username" required />
      </label>
      <label>
        Password
        <input name="password" type="password" autoComplete="current-password" required />
      </label>
      <button type="submit" disabled={attempt.isPending}>
        {attempt.isPending ? 'Logging in …' : 'Log in'}
      </button>
      <p role="alert" className="error">
        {attempt.error?.message}
      </p>
      <p className="hint">
        The first start of the server printed the administrator's password on its terminal.
      </p>
    </form>
  )
}
