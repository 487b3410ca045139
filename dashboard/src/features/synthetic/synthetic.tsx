import type { SyntheticMarker, SyntheticRun, SyntheticStatus } from '@eviltwin/contract'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { answerOf, api } from '../../api/client'
import { usePages } from '../../api/pages'
import { useMay } from '../../app/context/me'
import { useTimeRange } from '../../app/context/time'
import { DataTable } from '../../components/data-table'
import { HostileText } from '../../components/hostile-text'
import { Modal } from '../../components/modal'
import { More } from '../../components/more'
import { PageHead, Panel } from '../../components/panel'
import { Empty, Loaded } from '../../components/states'
import { useTitle } from '../../components/title'
import { When } from '../../components/when'
import { ChannelTest } from './channel-test'
import { duration } from './hops'
import { NewTarget } from './new-target'
import { Targets } from './targets'
import { Waterfall } from './waterfall'

/** The platform's attacks on its own sensors: whether what it is for works, from the attack to the person who is notified. */
export function Synthetic() {
  useTitle('Synthetic attacks')
  const isAnalyst = useMay('analyst')
  const isAdmin = useMay('admin')
  const { refetchInterval } = useTimeRange()
  const [adding, setAdding] = useState(false)
  const status = useQuery({
    queryKey: ['synthetic', 'status'],
    queryFn: () => answerOf(api.GET('/synthetic/status')),
    refetchInterval,
    enabled: isAnalyst,
  })
  if (!isAnalyst)
    return (
      <>
        <PageHead title="Synthetic attacks" />
        <Empty title="Analyst role required">Only analysts and administrators see synthetic attacks.</Empty>
      </>
    )
  return (
    <>
      <PageHead title="Synthetic attacks">
        {isAdmin && (
          <button type="button" className="button button-primary" onClick={() => setAdding(true)}>
            Attack a sensor
          </button>
        )}
      </PageHead>
      <Loaded of={status}>
        {(loaded) => (
          <div className="grid gap-4">
            <State status={loaded} />
            <Runs />
            <Targets status={loaded} />
            <ChannelTest isOn={loaded.on} refetchInterval={refetchInterval} />
            <Markers markers={loaded.ignored_markers} />
          </div>
        )}
      </Loaded>
      {adding && <NewTarget onClose={() => setAdding(false)} />}
    </>
  )
}

function State({ status: { on, paused_because } }: { status: SyntheticStatus }) {
  if (!on)
    return (
      <p className="notice">
        Synthetic attacks are off. Start the server with <code>SYNTHETIC_ATTACKS=on</code>.
      </p>
    )
  if (paused_because !== null) return <p className="notice notice-bad">{paused_because}</p>
  return (
    <p className="text-sm text-muted">
      The platform attacks its own sensors and times each hop. What these attacks bring is in no total, feed,
      export or objective of attackers.
    </p>
  )
}

function Runs() {
  const { refetchInterval } = useTimeRange()
  const [opened, setOpened] = useState<SyntheticRun | null>(null)
  const runs = usePages(
    ['synthetic', 'runs'],
    (cursor) => answerOf(api.GET('/synthetic/runs', { params: { query: cursor } })),
    refetchInterval,
  )
  return (
    <Panel
      title="Attacks"
      aside={
        <button type="button" className="button" onClick={() => runs.refetch()}>
          Refresh
        </button>
      }
    >
      <Loaded of={runs}>
        {({ pages }) => <RunTable runs={pages.flatMap(({ items }) => items)} onOpen={setOpened} />}
      </Loaded>
      <More of={runs} name="Earlier attacks" />
      {opened && (
        <Modal title={`Attack on ${opened.target_name}`} onClose={() => setOpened(null)}>
          <RunDetail run={opened} />
        </Modal>
      )}
    </Panel>
  )
}

const OUTCOMES = { waiting: 'under way', detected: 'detected', missed: 'missed' } as const

function RunTable({ runs, onOpen }: { runs: readonly SyntheticRun[]; onOpen: (run: SyntheticRun) => void }) {
  if (runs.length === 0)
    return <Empty title="No attack yet">While attacks are on, a target is attacked within a minute.</Empty>
  return (
    <div className="overflow-x-auto">
      <DataTable
        rows={runs}
        keyOf={(run) => run.id}
        columns={[
          {
            name: 'Target',
            cell: (run) => (
              <button type="button" className="link text-left" data-row onClick={() => onOpen(run)}>
                {run.target_name}
              </button>
            ),
          },
          { name: 'When', cell: (run) => <When at={run.opens_at} /> },
          {
            name: 'Outcome',
            cell: ({ outcome }) => (
              <span className={outcome === 'missed' ? 'font-medium text-bad' : ''}>{OUTCOMES[outcome]}</span>
            ),
          },
          { name: 'To the alert', numeric: true, cell: (run) => since(run, run.alerted_at) },
          { name: 'To the acknowledgement', numeric: true, cell: (run) => since(run, run.acknowledged_at) },
          { name: 'What failed', className: 'min-w-64 max-w-prose', cell: (run) => run.failure ?? '–' },
        ]}
      />
    </div>
  )
}

function since({ attacked_at }: SyntheticRun, at: string | null): string {
  return attacked_at === null || at === null
    ? '–'
    : duration(Math.max(0, Date.parse(at) - Date.parse(attacked_at)))
}

function RunDetail({ run }: { run: SyntheticRun }) {
  return (
    <div className="grid gap-3 text-sm">
      <p>
        <When at={run.opens_at} absolute />, sensor <HostileText text={run.sensor_id} />, from {run.source_ip}
        {run.threat_level !== null && <>, scored {run.threat_level}</>}
      </p>
      {run.failure !== null && <p className="notice notice-bad">{run.failure}</p>}
      {run.alerted_by === 'rule' && (
        <p className="notice">
          The sensor reports too little for an alert by its score. The alert was raised when the window was
          over, to prove the rest of the way.
        </p>
      )}
      <div className="overflow-x-auto">
        <Waterfall run={run} />
      </div>
    </div>
  )
}

const REASONS: Readonly<Record<SyntheticMarker['reason'], string>> = {
  unknown: 'forged: of no attack of this installation',
  replayed: 'used again',
  late: 'after its time',
  elsewhere: 'of another sensor or address',
}

function Markers({ markers }: { markers: readonly SyntheticMarker[] }) {
  return (
    <Panel title="Markers that proved nothing">
      {markers.length === 0 ? (
        <Empty title="None">Events with such a marker are treated as those of any attacker.</Empty>
      ) : (
        <div className="overflow-x-auto">
          <DataTable
            rows={markers}
            keyOf={({ at, session_id }, index) => `${at} ${session_id} ${index}`}
            columns={[
              { name: 'When', cell: ({ at }) => <When at={at} /> },
              { name: 'Why', cell: ({ reason }) => REASONS[reason] },
              { name: 'Sensor', cell: ({ sensor_id }) => <HostileText text={sensor_id} /> },
              { name: 'From', cell: ({ source_ip }) => source_ip },
              {
                name: 'Session',
                cell: ({ session_id }) => (
                  <a className="link" href={`/dashboard/sessions/${session_id}`}>
                    open
                  </a>
                ),
              },
            ]}
          />
        </div>
      )}
    </Panel>
  )
}
