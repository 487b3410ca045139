import type { OpsAlert } from '@eviltwin/contract'
import { useMay } from '../../app/context/me'
import { DataTable } from '../../components/data-table'
import { When } from '../../components/when'

/** Every operational alert: its state, its value against its threshold, and what an analyst can do about it. */
export function OpsAlertTable({
  alerts,
  onAcknowledge,
  onSilence,
}: { alerts: readonly OpsAlert[] } & AlertHandlers) {
  return (
    <div className="panel overflow-x-auto">
      <DataTable
        rows={alerts}
        keyOf={({ id }) => id}
        columns={[
          {
            name: 'Alert',
            className: 'max-w-md',
            cell: ({ name, description, detail }) => (
              <>
                <span className="font-medium">{name}</span>
                <div className="text-xs text-muted">{description}</div>
                {detail !== null && <div className="text-xs break-words">{detail}</div>}
              </>
            ),
          },
          { name: 'Severity', cell: ({ severity }) => severity },
          { name: 'State', cell: (alert) => <State alert={alert} /> },
          {
            name: 'Value',
            className: 'tabular-nums',
            // The value of a burn alert is its severity.
            cell: ({ kind, value, threshold }) =>
              kind === 'operational' && (
                <>
                  {value === null ? '–' : value.toLocaleString('en', { maximumFractionDigits: 3 })}
                  <span className="text-muted"> / {threshold}</span>
                </>
              ),
          },
          { name: 'Since', cell: ({ since }) => <When at={since} /> },
          {
            name: 'Actions',
            className: 'whitespace-nowrap',
            cell: (alert) => <Actions alert={alert} onAcknowledge={onAcknowledge} onSilence={onSilence} />,
          },
        ]}
      />
    </div>
  )
}

/** What happens when somebody acts on an alert, given the id of its rule. */
interface AlertHandlers {
  onAcknowledge: (id: string) => void
  onSilence: (id: string) => void
}

const MARKS: Readonly<Record<OpsAlert['state'], readonly [shape: string, tone: string]>> = {
  firing: ['▲', 'text-bad'],
  pending: ['◐', 'text-warn'],
  resolved: ['✓', 'text-good'],
  inactive: ['○', 'text-muted'],
}

function State({ alert }: { alert: OpsAlert }) {
  const [shape, tone] = MARKS[alert.state]
  return (
    <span className={tone}>
      <span aria-hidden="true">{shape}</span> {alert.state}
      {alert.silenced && ', silenced'}
      {alert.inhibited && ', inhibited'}
      {alert.acknowledged_by && ` (${alert.acknowledged_by})`}
    </span>
  )
}

function Actions({ alert, onAcknowledge, onSilence }: { alert: OpsAlert } & AlertHandlers) {
  const isAnalyst = useMay('analyst')
  const { id, name, state, acknowledged_by, runbook_url } = alert
  return (
    <>
      <a className="link" href={new URL(runbook_url).pathname} target="_blank" rel="noreferrer">
        Runbook
      </a>
      {isAnalyst && state === 'firing' && acknowledged_by === null && (
        <button type="button" className="button ml-2" onClick={() => onAcknowledge(id)}>
          Acknowledge
        </button>
      )}
      {isAnalyst && (
        <button
          type="button"
          className="button ml-2"
          aria-label={`Silence ${name}`}
          onClick={() => onSilence(id)}
        >
          Silence
        </button>
      )}
    </>
  )
}
