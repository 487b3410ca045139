import * as Tabs from '@radix-ui/react-tabs'
import { useSearch } from '@tanstack/react-router'
import { useChangeSearch } from '../../app/context/change-search'
import { useMay } from '../../app/context/me'
import { PageHead } from '../../components/panel'
import { useTitle } from '../../components/title'
import { Audit } from './audit'
import { Channels } from './channels'
import { Keys } from './keys'
import { Policy } from './policy'
import { Profile } from './profile'
import { RetentionSettings } from './retention'
import { Users } from './users'

type Tab = 'profile' | 'users' | 'keys' | 'channels' | 'policy' | 'retention' | 'audit'

export function Settings() {
  useTitle('Settings')
  const { tab = 'profile' } = useSearch({ from: '/dashboard/settings' })
  const change = useChangeSearch()
  const isAdmin = useMay('admin')
  const tabs: ReadonlyArray<readonly [Tab, string, () => React.ReactNode]> = [
    ['profile', 'Profile', () => <Profile />],
    ['policy', 'Alert policy', () => <Policy />],
    ...(isAdmin
      ? ([
          ['users', 'Users', () => <Users />],
          ['keys', 'Keys', () => <Keys />],
          ['channels', 'Channels', () => <Channels />],
          ['retention', 'Retention', () => <RetentionSettings />],
          ['audit', 'Audit log', () => <Audit />],
        ] as const)
      : []),
  ]
  const shown = tabs.find(([name]) => name === tab) ? tab : 'profile'
  return (
    <>
      <PageHead title="Settings" />
      <Tabs.Root value={shown} onValueChange={(next) => change({ tab: next })}>
        <Tabs.List aria-label="Settings" className="mb-3 flex flex-wrap gap-1">
          {tabs.map(([name, title]) => (
            <Tabs.Trigger key={name} value={name} className="tab">
              {title}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        {tabs.map(([name, , content]) => (
          <Tabs.Content key={name} value={name}>
            {content()}
          </Tabs.Content>
        ))}
      </Tabs.Root>
    </>
  )
}
