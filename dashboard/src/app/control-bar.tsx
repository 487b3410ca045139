import { logOut } from '../api/session'
import { useFeed } from '../features/live-feed/feed'
import { useMe } from './context/me'
import { ThemeButton } from './context/theme'
import { TimeControls } from './context/time'

/** Controls that apply to every page: search, time, theme, help, and the account that is logged in. */
export function ControlBar({ onSearch, onHelp }: { onSearch: () => void; onHelp: () => void }) {
  const me = useMe()
  return (
    <section
      aria-label="Controls"
      className="flex flex-wrap items-center gap-2 border-b border-line bg-surface px-4 py-2"
    >
      <button type="button" className="button" onClick={onSearch}>
        Search <kbd className="kbd">Ctrl K</kbd>
      </button>
      <TimeControls />
      <FeedState />
      <span className="ml-auto flex flex-wrap items-center gap-2">
        <ThemeButton />
        <button type="button" className="button" onClick={onHelp} title="Keyboard shortcuts (?)">
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
