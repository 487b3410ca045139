import { Outlet } from '@tanstack/react-router'
import { lazy, Suspense, useMemo, useState } from 'react'
import { DemoBanner } from '../components/demo-banner'
import { FeedProvider } from '../features/live-feed/feed'
import { ChannelBanner } from './channel-banner'
import { ShortcutSheet, useShortcuts } from './context/shortcuts'
import { ControlBar } from './control-bar'
import { Navigation } from './navigation'
import { SuppressionBanner } from './suppression-banner'

const CommandPalette = lazy(async () => ({ default: (await import('./command-palette')).CommandPalette }))

/** What surrounds every page: navigation, controls, the live feed and the keyboard shortcuts. */
export function Shell() {
  return (
    <FeedProvider>
      <Frame />
    </FeedProvider>
  )
}

function Frame() {
  const [dialog, setDialog] = useState<'palette' | 'help' | null>(null)
  const open = useMemo(() => ({ palette: () => setDialog('palette'), help: () => setDialog('help') }), [])
  useShortcuts(open)
  return (
    <div className="min-h-dvh md:grid md:grid-cols-[13rem_1fr]">
      <a href="#content" className="skip-link">
        Skip to the content
      </a>
      <Navigation />
      <div className="min-w-0">
        <div className="m-4 mb-0 empty:hidden">
          <DemoBanner />
        </div>
        <ChannelBanner />
        <SuppressionBanner />
        <ControlBar onSearch={open.palette} onHelp={open.help} />
        <main id="content" tabIndex={-1} className="mx-auto max-w-[120rem] p-4">
          <Outlet />
        </main>
      </div>
      {dialog === 'help' && <ShortcutSheet onClose={() => setDialog(null)} />}
      {dialog === 'palette' && (
        <Suspense>
          <CommandPalette onClose={() => setDialog(null)} />
        </Suspense>
      )}
    </div>
  )
}
