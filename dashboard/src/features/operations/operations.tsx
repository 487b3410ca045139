import type { OpsAlert } from '@eviltwin/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { answerOf, api, done } from '../../api/client'
import { useMay } from '../../app/context/me'
import { useTimeRange } from '../../app/context/time'
import { DataTable } from '../../components/data-table'
import { Form } from '../../components/form'
import { Modal } from '../../components/modal'
import { PageHead, Panel } from '../../components/panel'
import { Empty, Failed, Loaded } from '../../components/states'
import { useTitle } from '../../components/title'
import { When } from '../../components/when'

const MARKS: Readonly<Record<OpsAlert['state'], readonly [shape: string, tone: string]>> = {
  firing: ['▲', 'text-bad'],
  pending: ['◐', 'text-warn'],
  resolved: ['✓', 'text-good'],
  inactive: ['○', 'text-muted'],
}

/** How the platform itself is: its seven alerts and those of the objectives, silences, and what happened. */
export function Operations() {
  useTitle('Operational alerts')
  const isAnalyst = useMay('analyst')
  const { refetchInterval } = useTimeRange()
  const queries = useQueryClient()
  const [silencing, setSilencing] = useState<string | null | undefined>(undefined)
  const alerts = useQuery({
    queryKey: ['ops alerts'],
    queryFn: () => answerOf(api.GET('/ops/alerts', { params: { query: { kind: 'all' } } })),
    refetchInterval,
  })
  const silences = useQuery({
    queryKey: ['ops silences'],
    queryFn: () => answerOf(api.GET('/ops/silences')),
    refetchInterval,
  })
  const history = useQuery({
    queryKey: ['ops history'],
    queryFn: () => answerOf(api.GET('/ops/alerts/history', { params: { query: { limit: 50 } } })),
    refetchInterval,
  })
  const renew = () =>
    Promise.all(
      ['ops alerts', 'ops silences', 'ops history'].map((key) =>
        queries.invalidateQueries({ queryKey: [key] }),
      ),
    )
  const acknowledge = useMutation({
    mutationFn: (id: string) =>
      answerOf(api.POST('/ops/alerts/{id}/acknowledge', { params: { path: { id } } })),
    onSuccess: renew,
  })
  const end = useMutation({
    mutationFn: (id: string) => done(api.DELETE('/ops/silences/{id}', { params: { path: { id } } })),
    onSuccess: renew,
  })
  return (
    <>
      <PageHead title="Operational alerts">
        {isAnalyst && (
          <button type="button" className="button" onClick={() => setSilencing(null)}>
            Maintenance window
          </button>
        )}
      </PageHead>
      {acknowledge.error && <Failed error={acknowledge.error} />}
      {end.error && <Failed error={end.error} />}
      <Loaded of={alerts} lines={8}>
        {({ items }) => (
          <div className="panel overflow-x-auto">
            <DataTable
              rows={items}
              keyOf={({ id }) => id}
              columns={[
                {
                  name: 'Alert',
                  className: 'max-w-md',
                  cell: ({ name, description }) => (
                    <>
                      <span className="font-medium">{name}</span>
                      <div className="text-xs text-muted">{description}</div>
                    </>
                  ),
                },
                { name: 'Severity', cell: ({ severity }) => severity },
                { name: 'State', cell: (alert) => <State alert={alert} /> },
                {
                  name: 'Value',
                  className: 'tabular-nums',
                  cell: ({ value, threshold }) => (
                    <>
                      {value === null ? '–' : value.toLocaleString('en', { maximumFractionDigits: 3 })}
                      <span className="text-muted"> / {threshold}</span>
                    </>
                  ),
                },
                { name: 'Since', cell: ({ since }) => <When at={since} /> },
                {
                  name: 'To do',
                  className: 'whitespace-nowrap',
                  cell: ({ id, name, state, acknowledged_by, runbook_url }) => (
                    <>
                      <a
                        className="link"
                        href={new URL(runbook_url).pathname}
                        target="_blank"
                        rel="noreferrer"
                      >
                        Runbook
                      </a>
                      {isAnalyst && state === 'firing' && acknowledged_by === null && (
                        <button type="button" className="button ml-2" onClick={() => acknowledge.mutate(id)}>
                          Acknowledge
                        </button>
                      )}
                      {isAnalyst && (
                        <button
                          type="button"
                          className="button ml-2"
                          aria-label={`Silence ${name}`}
                          onClick={() => setSilencing(id)}
                        >
                          Silence
                        </button>
                      )}
                    </>
                  ),
                },
              ]}
            />
          </div>
        )}
      </Loaded>
      <div className="mt-4 grid gap-4 xl:grid-cols-2">
        <Panel title="Silences and maintenance windows">
          <Loaded of={silences}>
            {({ items }) =>
              items.length === 0 ? (
                <Empty title="Nothing is silenced" />
              ) : (
                <ul className="grid gap-2 text-sm">
                  {items.map(({ id, rule_id, reason, created_by, ends_at }) => (
                    <li key={id} className="flex flex-wrap items-center gap-2">
                      <span className="font-medium">{rule_id ?? 'everything'}</span> until{' '}
                      <When at={ends_at} absolute /> by {created_by}: {reason}
                      {isAnalyst && (
                        <button type="button" className="button" onClick={() => end.mutate(id)}>
                          End
                        </button>
                      )}
                    </li>
                  ))}
                </ul>
              )
            }
          </Loaded>
        </Panel>
        <Panel title="What happened">
          <Loaded of={history}>
            {({ items }) =>
              items.length === 0 ? (
                <Empty title="No alert ever changed its state" />
              ) : (
                <ul className="grid max-h-80 gap-1 overflow-auto text-sm">
                  {items.map(({ at, rule_id, event, actor, told }) => (
                    <li key={`${at} ${rule_id} ${event}`}>
                      <When at={at} absolute /> {rule_id} {event}
                      {actor && ` by ${actor}`}
                      {!told && <span className="text-muted"> (nobody told)</span>}
                    </li>
                  ))}
                </ul>
              )
            }
          </Loaded>
        </Panel>
      </div>
      {silencing !== undefined && (
        <SilenceDialog
          ruleId={silencing}
          onClose={() => setSilencing(undefined)}
          onDone={() => {
            setSilencing(undefined)
            void renew()
          }}
        />
      )}
    </>
  )
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

const LENGTHS = [
  [1, '1 hour'],
  [4, '4 hours'],
  [24, '1 day'],
  [168, '1 week'],
] as const

function SilenceDialog({
  ruleId,
  onClose,
  onDone,
}: {
  ruleId: string | null
  onClose: () => void
  onDone: () => void
}) {
  const silence = useMutation({
    mutationFn: (form: FormData) =>
      answerOf(
        api.POST('/ops/silences', {
          body: {
            rule_id: ruleId,
            reason: String(form.get('reason')),
            ends_at: new Date(Date.now() + Number(form.get('hours')) * 3_600_000).toISOString(),
          },
        }),
      ),
    onSuccess: onDone,
  })
  return (
    <Modal title={ruleId === null ? 'Maintenance window' : `Silence ${ruleId}`} onClose={onClose}>
      <Form onSend={(fields) => silence.mutate(fields)}>
        <label className="field">
          For
          <select name="hours" className="input" data-first>
            {LENGTHS.map(([hours, name]) => (
              <option key={hours} value={hours}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          Reason
          <input name="reason" className="input" required minLength={3} maxLength={500} />
        </label>
        <button type="submit" className="button button-primary" disabled={silence.isPending}>
          Silence
        </button>
        {silence.error && <Failed error={silence.error} />}
      </Form>
    </Modal>
  )
}
