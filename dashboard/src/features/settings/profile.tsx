import { useMutation } from '@tanstack/react-query'
import { api, done } from '../../api/client'
import { useMe } from '../../app/context/me'
import { Form } from '../../components/form'
import { Panel } from '../../components/panel'
import { Failed } from '../../components/states'
import { When } from '../../components/when'

export function Profile() {
  const me = useMe()
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
  })
  return (
    <Panel title={`${me.username}, ${me.role}`} className="max-w-md">
      <p className="mb-3 text-sm text-muted">
        Last login <When at={me.last_login_at} absolute />
      </p>
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
          New password, at least 8 characters
          <input
            className="input"
            name="new_password"
            type="password"
            autoComplete="new-password"
            required
            minLength={8}
            maxLength={128}
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
    </Panel>
  )
}
