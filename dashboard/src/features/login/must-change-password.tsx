import { useQueryClient } from '@tanstack/react-query'
import { logOut } from '../../api/session'
import { PasswordForm } from '../../components/password-form'

/** All that somebody sees whose password the policy refuses, until it is changed. */
export function MustChangePassword() {
  const queries = useQueryClient()
  return (
    <main className="mx-auto grid min-h-dvh max-w-sm content-center gap-6 p-4">
      <h1 className="flex items-center gap-3 text-2xl font-semibold">
        <img src="/favicon.svg" alt="" width="32" height="32" /> EvilTwin
      </h1>
      <section className="panel grid gap-3">
        <h2 className="font-semibold">Choose a new password</h2>
        <p className="text-sm text-muted">
          Your password is easily guessed. Change it to use the other pages.
        </p>
        <PasswordForm onChanged={() => queries.invalidateQueries({ queryKey: ['me'] })} />
      </section>
      <button type="button" className="button justify-self-start" onClick={() => void logOut()}>
        Log out
      </button>
    </main>
  )
}
