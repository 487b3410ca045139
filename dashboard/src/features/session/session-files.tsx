import type { SessionDetail } from '@eviltwin/contract'
import { Link } from '@tanstack/react-router'
import { HostileText } from '../../components/hostile-text'
import { LeftOut } from '../../components/left-out'
import { Panel } from '../../components/panel'

/** The files that were downloaded or uploaded: where from, and their hash. */
export function SessionFiles({ session }: { session: SessionDetail }) {
  if (session.files.length === 0) return null
  return (
    <Panel title="Files">
      <ul className="grid gap-2 text-sm">
        {session.files.map(({ event_id, event_type, url, file_sha256 }) => (
          <li key={event_id}>
            {event_type.replaceAll('_', ' ')}
            {url && (
              <div className="break-all font-mono text-xs">
                <HostileText text={url} />
              </div>
            )}
            {file_sha256 && (
              <div className="break-all font-mono text-xs">
                <Link to="/dashboard/evidence" search={{ file: file_sha256 }} className="link">
                  {file_sha256}
                </Link>
              </div>
            )}
          </li>
        ))}
      </ul>
      <LeftOut count={session.left_out.files} what="files are not listed" />
    </Panel>
  )
}
