import { useMutation } from '@tanstack/react-query'
import { api, done } from '../api/client'
import { Form } from './form'
import { Failed } from './states'

/** Bounds of a new password, as the API has them; the server also refuses what is easily guessed. */
export const PASSWORD_LENGTH = { minLength: 15, maxLength: 256 } as const

/** Changes the password of whoever is logged in. */
export function PasswordForm({ onChanged }: { onChanged?: () => unknown }) {
  const change = useMutation({
    mutationFn: (form: FormData) =>
      done(
        api.POST('/auth/password', {
          body: {
            current_password: String(form.get('current_password')),
            new_password: String(form.get('new_password')),
          },
        }),
      ),
    onSuccess: () => onChanged?.(),
  })
  return (
    <Form onSend={(fields, clear) => change.mutate(fields, { onSuccess: clear })}>
      <label className="field">
        Current password
        <input
          className="input"
          name="current_password"
          type="password"
          autoComplete="current-password"
          required
        />
      </label>
      <label className="field">
        New password, at least {PASSWORD_LENGTH.minLength} characters, such as several words
        <input
          className="input"
          name="new_password"
          type="password"
          autoComplete="new-password"
          required
          {...PASSWORD_LENGTH}
        />
      </label>
      <button type="submit" className="button button-primary" disabled={change.isPending}>
        Change password
      </button>
      {change.isSuccess && (
        <p role="status" className="text-good">
          Changed. Your other logins have ended.
        </p>
      )}
      {change.error && <Failed error={change.error} />}
    </Form>
  )
}
