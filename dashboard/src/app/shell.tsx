import { Link, Outlet } from '@tanstack/react-router'
import { lazy, Suspense, useMemo, useState } from 'react'
import { logOut } from '../api/session'
import { FeedProvider, useFeed } from '../features/live-feed/feed'
import { useMe } from './context/me'
import { ShortcutSheet, useShortcuts } from './context/shortcuts'
import { ThemeButton } from './context/theme'
import { TimeControls } from './context/time'
import { SECTIONS } from './sections'

const CommandPalette = lazy(async () => ({ default: (await import('./command-palette')).CommandPalette }))

const GROUPS = [...new Set(SECTIONS.map(({ group }) => group))]

/** What is around every page. */
export function Shell() {
  return (
    <FeedProvider>
      <Frame />
    </FeedProvider>
  )
}

function Frame() {
  const [dialog, setDialog] = useState<'palette' | 'help' | null>(null)
  const [menuOpen, setMenuOpen] = useState(false)
  const me = useMe()
  const open = useMemo(() => ({ palette: () => setDialog('palette'), help: () => setDialog('help') }), [])
  useShortcuts(open)
  return (
    <div className="min-h-dvh md:grid md:grid-cols-[13rem_1fr]">
      <a href="#content" className="skip-link">
        Skip to the content
      </a>
      <header className="border-line bg-surface md:border-r">
        <div className="flex items-center justify-between p-3">
          <Link to="/dashboard" className="flex items-center gap-2 font-semibold">
            <img src="/favicon.svg" alt="" width="20" height="20" /> EvilTwin
          </Link>
          <button
            type="button"
            className="button md:hidden"
            aria-expanded={menuOpen}
            aria-controls="menu"
            onClick={() => setMenuOpen(!menuOpen)}
          >
            Menu
          </button>
        </div>
        <nav
          id="menu"
          aria-label="Pages"
          className={`px-2 pb-4 md:sticky md:top-0 md:block ${menuOpen ? '' : 'hidden'}`}
        >
          {GROUPS.map((group) => (
            <div key={group} className="mb-3">
              <p className="px-2 text-xs text-muted">{group}</p>
              <ul>
                {SECTIONS.filter((section) => section.group === group).map(({ to, name }) => (
                  <li key={to}>
                    <Link
                      to={to}
                      className="nav-link"
                      activeProps={{ className: 'nav-link-active', 'aria-current': 'page' }}
                      activeOptions={{ exact: to === '/dashboard', includeSearch: false }}
                      onClick={() => setMenuOpen(false)}
                    >
                      {name}
                      {name === 'Alerts' && <OpenAlerts />}
                    </Link>
                  </li>
                ))}
              </ul>
            </div>
          ))}
        </nav>
      </header>
      <div className="min-w-0">
        <section
          aria-label="Controls"
          className="flex flex-wrap items-center gap-2 border-b border-line bg-surface px-4 py-2"
        >
          <button type="button" className="button" onClick={open.palette}>
            Search <kbd className="kbd">Ctrl K</kbd>
          </button>
          <TimeControls />
          <FeedState />
          <span className="ml-auto flex flex-wrap items-center gap-2">
            <ThemeButton />
            <button type="button" className="button" onClick={open.help} title="Keyboard shortcuts (?)">
              ?<span className="sr-only"> Keyboard shortcuts</span>
            </button>
            <span className="text-sm text-muted">
              {me.username} ({me.role})
            </span>
            <button type="button" className="button" onClick={() => void logOut()}>
              Log out
            </button>
          </span>
        </section>
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

function FeedState() {
  const { connected } = useFeed()
  return (
    <span role="status" className="text-sm text-muted">
      {connected ? 'Feed connected' : 'Feed connecting …'}
    </span>
  )
}

function OpenAlerts() {
  const { unseen } = useFeed()
  if (unseen === 0) return null
  return (
    <span className="badge ml-auto">
      {unseen}
      <span className="sr-only"> new</span>
    </span>
  )
}
