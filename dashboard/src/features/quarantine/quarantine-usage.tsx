import type { QuarantineUsage } from '@eviltwin/contract'
import type { UseQueryResult } from '@tanstack/react-query'
import { mebibytes } from '../../components/bytes'
import { DataTable } from '../../components/data-table'
import { HostileText } from '../../components/hostile-text'
import { Panel } from '../../components/panel'
import { Loaded } from '../../components/states'
import { When } from '../../components/when'

type Holder = QuarantineUsage['keys'][number]

/** Who holds how much of the quarantine, and what was evicted because a share was used up. */
export function UsagePanel({ usage }: { usage: UseQueryResult<QuarantineUsage> }) {
  return (
    <Panel title="Usage" className="mb-4">
      <Loaded of={usage}>
        {({ bytes, max_bytes, max_bytes_per_key, records, evicted_records, last_evicted_at, keys }) => (
          <>
            <p className="mb-2 text-sm">
              {records.toLocaleString('en')} records use {mebibytes(bytes)} of {mebibytes(max_bytes)}; each
              key may use {mebibytes(max_bytes_per_key)}.
              {evicted_records > 0 && (
                <>
                  {' '}
                  {evicted_records.toLocaleString('en')} records were evicted, the last{' '}
                  <When at={last_evicted_at} />.
                </>
              )}
            </p>
            {keys.length > 0 && (
              // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
              <div className="max-h-60 overflow-auto" tabIndex={0}>
                <DataTable
                  rows={keys}
                  keyOf={({ key_id }) => key_id}
                  columns={[
                    { name: 'Key', cell: (holder) => <HostileText text={holderName(holder)} /> },
                    {
                      name: 'Records',
                      numeric: true,
                      cell: (holder) => holder.records.toLocaleString('en'),
                    },
                    {
                      name: 'Share used',
                      numeric: true,
                      cell: (holder) => shareOf(holder, max_bytes_per_key),
                    },
                    {
                      name: 'Evicted',
                      numeric: true,
                      cell: (holder) => holder.evicted_records.toLocaleString('en'),
                    },
                    { name: 'Last evicted', cell: (holder) => <When at={holder.last_evicted_at} /> },
                  ]}
                />
              </div>
            )}
          </>
        )}
      </Loaded>
    </Panel>
  )
}

/** What a holder is called: its key, or why there is none. */
export function holderName({ key_id, key_name, key_prefix }: Holder): string {
  if (key_id === 'none') return 'without a key'
  if (key_id === 'unknown') return 'stored by release 0.1.0'
  return key_name === null ? key_id : `${key_name} (${key_prefix}…)`
}

/** What release 0.1.0 stored has no share of its own. */
function shareOf({ key_id, bytes }: Holder, maxBytesPerKey: number): string {
  return key_id === 'unknown' ? mebibytes(bytes) : `${Math.round((100 * bytes) / maxBytesPerKey)} %`
}
