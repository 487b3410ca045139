import { useMe } from '../../app/context/me'
import { Panel } from '../../components/panel'
import { PasswordForm } from '../../components/password-form'
import { When } from '../../components/when'

export function Profile() {
  const me = useMe()
  return (
    <Panel title={`${me.username}, ${me.role}`} className="max-w-md">
      <p className="mb-3 text-sm text-muted">
        Last login <When at={me.last_login_at} absolute />
      </p>
      <PasswordForm />
    </Panel>
  )
}
