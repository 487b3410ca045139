import type { FeedPolicy, FeedPreview, ThreatLevel } from '@eviltwin/contract'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { answerOf, api } from '../../api/client'
import { DataTable } from '../../components/data-table'
import { HostileText } from '../../components/hostile-text'
import { LEVELS } from '../../components/level'
import { Panel } from '../../components/panel'
import { Scrollable } from '../../components/scrollable'
import { Empty, Loaded } from '../../components/states'
import { When } from '../../components/when'

const RANGES = [
  [24, '1 day'],
  [168, '1 week'],
  [720, '30 days'],
] as const

/** The newest candidates of the feeds, and what is decided about each. */
export function FeedPreviewTable() {
  const [hours, setHours] = useState<number>(168)
  const [level, setLevel] = useState<ThreatLevel>('high')
  const preview = useQuery({
    queryKey: ['feeds', 'preview', hours, level],
    queryFn: () =>
      answerOf(api.GET('/feeds/preview', { params: { query: { hours, threat_level: level, limit: 100 } } })),
  })
  return (
    <Panel
      title="Preview"
      aside={
        <div className="flex flex-wrap gap-2 text-sm">
          <label>
            Seen within{' '}
            <select
              className="input"
              value={hours}
              onChange={(event) => setHours(Number(event.target.value))}
            >
              {RANGES.map(([value, name]) => (
                <option key={value} value={value}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          <label>
            Minimum level{' '}
            <select
              className="input"
              value={level}
              onChange={(event) => setLevel(event.target.value as ThreatLevel)}
            >
              {LEVELS.map((each) => (
                <option key={each}>{each}</option>
              ))}
            </select>
          </label>
        </div>
      }
    >
      <Loaded of={preview}>
        {({ items, policy }) => (
          <>
            <Policy of={policy} />
            {items.length === 0 && <Empty title="No session of this level has a source or a download" />}
            {items.length > 0 && <Candidates of={items} />}
          </>
        )}
      </Loaded>
    </Panel>
  )
}

function Candidates({ of: candidates }: { of: FeedPreview['items'] }) {
  return (
    <Scrollable label="Candidates of the feeds">
      <DataTable
        rows={candidates}
        keyOf={({ type, value }) => `${type} ${value}`}
        columns={[
          { name: 'State', cell: ({ listed }) => (listed ? 'listed' : 'withheld') },
          { name: 'Type', cell: ({ type }) => type },
          {
            name: 'Value',
            className: 'max-w-md break-all font-mono',
            cell: ({ value }) => <HostileText text={value} />,
          },
          { name: 'First seen', cell: ({ indicator }) => <When at={indicator?.first_seen_at ?? null} /> },
          { name: 'Last seen', cell: ({ indicator }) => <When at={indicator?.last_seen_at ?? null} /> },
          { name: 'Expires', cell: ({ indicator }) => <When at={indicator?.expires_at ?? null} /> },
          {
            name: 'Reason',
            className: 'max-w-md',
            cell: ({ indicator }) => <HostileText text={indicator?.reason ?? ''} />,
          },
        ]}
      />
    </Scrollable>
  )
}

function Policy({ of: policy }: { of: FeedPolicy }) {
  return (
    <p className="mb-2 text-sm text-muted">
      An entry needs a score of {policy.minimum_score}, {policy.minimum_sensors} sensor(s) and{' '}
      {policy.minimum_keys} key(s), and expires {policy.expiry_days} days after it was last seen (FEEDS_*).
    </p>
  )
}
