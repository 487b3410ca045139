import * as Tabs from '@radix-ui/react-tabs'
import { useSearch } from '@tanstack/react-router'
import { PageHead } from '../parts/panel'
import { useTitle } from '../parts/title'
import { useChangeSearch } from '../shell/change-search'
import { useMay } from '../shell/me'
import { Channels } from './settings-channels'
import { Keys } from './settings-keys'
import { Policy } from './settings-policy'
import { Profile } from './settings-profile'
import { RetentionSettings } from './settings-retention'
import { Users } from './settings-users'

type Tab = 'profile' | 'users' | 'keys' | 'channels' | 'policy' | 'retention'

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
