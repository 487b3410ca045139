import type { GapMethod, SloDetail } from '@eviltwin/contract'
import { type DataColumn, DataTable } from '../../components/data-table'
import { Panel } from '../../components/panel'
import { When } from '../../components/when'
import { durationText } from './slo-words'

type Gaps = SloDetail['gaps']
type Gap = Gaps['intervals'][number]

const METHODS: Readonly<Record<GapMethod, string>> = {
  same_hour_of_week: 'same hour of the week before',
  hour_before: 'hour before the gap',
  every_minute: 'every minute is bad',
  none: 'nothing assumed',
}

const COLUMNS: ReadonlyArray<DataColumn<Gap>> = [
  { name: 'From', cell: ({ from }) => <When at={from} absolute /> },
  {
    name: 'Length',
    className: ' tabular-nums',
    cell: ({ from, to }) => durationText((Date.parse(to) - Date.parse(from)) / 1000),
  },
  { name: 'Estimate', className: ' tabular-nums', cell: (gap) => <Estimate of={gap} /> },
  { name: 'Method', cell: ({ method }) => METHODS[method] },
]

/** When the platform did not record, and what that counts as: an estimate with its bounds and its method. */
export function SloGaps({ gaps, kind }: { gaps: Gaps; kind: SloDetail['kind'] }) {
  return (
    <Panel title={`Gaps (${durationText(gaps.seconds)})`}>
      {gaps.intervals.length === 0 ? (
        <p className="text-sm text-muted">The whole window was recorded.</p>
      ) : (
        <>
          <p className="mb-2 text-sm">
            {kind === 'latency' ? (
              'No latency is estimated for gaps.'
            ) : (
              <>
                Estimated {kind === 'time_slices' ? 'bad minutes' : 'failed requests'}: <Estimate of={gaps} />
              </>
            )}
          </p>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
          <div className="max-h-64 overflow-auto" tabIndex={0}>
            <DataTable rows={gaps.intervals} keyOf={({ from }) => from} columns={COLUMNS} />
          </div>
        </>
      )}
    </Panel>
  )
}

function Estimate({ of: { assumed_bad, low, high } }: { of: Pick<Gap, 'assumed_bad' | 'low' | 'high'> }) {
  const bounds = low === high ? '' : ` (${low.toLocaleString('en')} to ${high.toLocaleString('en')})`
  return (
    <>
      {assumed_bad.toLocaleString('en')}
      {bounds}
    </>
  )
}
