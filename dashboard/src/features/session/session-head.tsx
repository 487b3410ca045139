import type { Event, SessionDetail } from '@eviltwin/contract'
import { useState } from 'react'
import { download } from '../../api/client'
import { Address } from '../../components/address'
import type { Column } from '../../components/csv'
import { ExportButtons } from '../../components/export-buttons'
import { Score } from '../../components/level'
import { PageHead } from '../../components/panel'
import { Failed } from '../../components/states'

const EVENT_COLUMNS: readonly Column<Event>[] = (
  [
    'id',
    'occurred_at',
    'received_at',
    'event_type',
    'action',
    'outcome',
    'source_ip',
    'source_port',
    'destination_ip',
    'destination_port',
    'protocol',
    'username',
    'password',
    'command',
    'url',
    'file_sha256',
    'client',
    'message',
  ] as const
).map((name) => ({ name, of: (event) => event[name] }))

/** Whose session it is and its score; its indicators and loaded events can be downloaded here. @param isPart whether there are further events. */
export function SessionHead({
  session,
  events,
  isPart,
}: {
  session: SessionDetail
  events: readonly Event[]
  isPart: boolean
}) {
  const [failure, setFailure] = useState<Error | null>(null)
  const indicators = (format: 'csv' | 'stix' | 'misp') => () => {
    const extension = format === 'csv' ? 'csv' : 'json'
    download(
      `/sessions/${session.id}/iocs?format=${format}`,
      `iocs-${session.id}-${format}.${extension}`,
    ).catch(setFailure)
  }
  return (
    <>
      <PageHead
        title={
          <span className="flex flex-wrap items-center gap-3">
            Session of <Address ip={session.source_ip} />
            <span className="text-base">
              <Score level={session.threat_level} score={session.threat_score} />
            </span>
          </span>
        }
      >
        <span className="text-sm text-muted">Indicators</span>
        {(['csv', 'stix', 'misp'] as const).map((format) => (
          <button key={format} type="button" className="button" onClick={indicators(format)}>
            {format.toUpperCase()}
          </button>
        ))}
        <span className="text-sm text-muted">
          {isPart ? `First ${events.length.toLocaleString('en')} events` : 'Events'}
        </span>
        <ExportButtons name={`session-${session.id}`} rows={events} columns={EVENT_COLUMNS} />
      </PageHead>
      {failure && <Failed error={failure} />}
    </>
  )
}
