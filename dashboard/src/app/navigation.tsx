import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useFeed } from '../features/live-feed/feed'
import { SECTIONS } from './context/sections'

const GROUPS = [...new Set(SECTIONS.map(({ group }) => group))]

/** The logo and the menu of pages. On a narrow screen the menu is closed until its button is pressed. */
export function Navigation() {
  const [menuOpen, setMenuOpen] = useState(false)
  return (
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
                    {name === 'Alerts' && <UnseenAlerts />}
                  </Link>
                </li>
              ))}
            </ul>
          </div>
        ))}
      </nav>
    </header>
  )
}

function UnseenAlerts() {
  const { unseen } = useFeed()
  if (unseen === 0) return null
  return (
    <span className="badge ml-auto">
      {unseen}
      <span className="sr-only"> new</span>
    </span>
  )
}
