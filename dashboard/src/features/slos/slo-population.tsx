import type { SloDetail } from '@eviltwin/contract'
import { DataTable } from '../../components/data-table'
import { Panel } from '../../components/panel'
import { When } from '../../components/when'
import { percent } from './slo-words'

type Slo = Pick<SloDetail, 'population' | 'literal' | 'measured' | 'window' | 'from'>

/** Those counted apart, and why the objective leaves them out. */
const APART: Readonly<Record<SloDetail['population']['apart'][number]['population'], string>> = {
  refused_quota: 'Refused by the quota of their own key',
  client_error: 'Malformed, by a sender with a valid key',
  unauthenticated: 'Without a valid key',
  unmeasured: 'Sent to clients that never acknowledge, or that left before',
}

/** Whose events an objective counts, how many there were, and what the ratio over all requests would be. */
export function SloPopulation({ slo }: { slo: Slo }) {
  const { population, literal, measured, window } = slo
  const rows = [
    { who: 'Counted by this objective', requests: measured.total },
    ...population.apart.map(({ population: who, requests }) => ({ who: APART[who], requests })),
  ]
  return (
    <Panel title="Population">
      <p className="max-w-prose text-sm">{population.description}</p>
      <PopulationChange slo={slo} />
      {population.apart.length > 0 && (
        <div className="mt-3 overflow-x-auto">
          <DataTable
            rows={rows}
            keyOf={({ who }) => who}
            columns={[
              { name: `${literal ? 'Requests' : 'Alerts'} in ${window}`, cell: ({ who }) => who },
              { name: 'Count', numeric: true, cell: ({ requests }) => requests.toLocaleString('en') },
            ]}
          />
        </div>
      )}
      {literal && (
        <p className="mt-3 max-w-prose text-sm text-muted">
          Literal ratio: {percent(literal.compliance)} ({literal.good.toLocaleString('en')} of{' '}
          {literal.total.toLocaleString('en')}) over all requests, whoever sent them. The objective does not
          use it.
        </p>
      )}
    </Panel>
  )
}

function PopulationChange({ slo: { population, from } }: { slo: Slo }) {
  if (population.since === null || population.since < from) return null
  return (
    <p className="mt-2 max-w-prose text-sm text-warn">
      The population changed at <When at={population.since} absolute />, the dashed line in the charts. There
      is no data for the time before.
    </p>
  )
}
