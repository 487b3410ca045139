import { useMe } from '../../app/context/me'
import { Panel } from '../../components/panel'
import { PasswordForm } from '../../components/password-form'
import { When } from '../../components/when'
import { OwnSessions } from './own-sessions'

export function Profile() {
  const me = useMe()
  return (
    <div className="grid gap-4 xl:grid-cols-[1fr_2fr]">
      <Panel title={`${me.username}, ${me.role}`}>
        <p className="mb-3 text-sm text-muted">
          Last login <When at={me.last_login_at} absolute />
        </p>
        <PasswordForm />
      </Panel>
      <OwnSessions />
    </div>
  )
}
