import type { Retention as Limits } from '@eviltwin/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { answerOf, api } from '../../api/client'
import { mebibytes } from '../../components/bytes'
import { Form } from '../../components/form'
import { Panel } from '../../components/panel'
import { Failed, Loaded } from '../../components/states'
import { When } from '../../components/when'

/** How long data is kept, and what else bounds it. */
export function RetentionSettings() {
  const retention = useQuery({ queryKey: ['retention'], queryFn: () => answerOf(api.GET('/retention')) })
  return (
    <Panel title="Retention" className="max-w-xl">
      <Loaded of={retention}>
        {(limits) => (
          <div className="grid gap-4">
            {limits.set_by === 'environment' ? (
              <p className="text-sm">
                Data is kept for {limits.retention_days} days: RETENTION_DAYS is set in the environment of the
                server, so that no login can delete evidence.
              </p>
            ) : (
              <Days key={limits.retention_days} limits={limits} />
            )}
            <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-sm">
              <dt className="text-muted">Quarantine</dt>
              <dd>up to {mebibytes(limits.quarantine_max_bytes)} (QUARANTINE_MAX_BYTES)</dd>
              <dt className="text-muted">Ingest stops below</dt>
              <dd>{mebibytes(limits.min_free_disk_bytes)} of free disk (MIN_FREE_DISK_BYTES)</dd>
              <dt className="text-muted">Database</dt>
              <dd>{limits.embedded_database ? 'embedded PostgreSQL' : 'the PostgreSQL of DATABASE_URL'}</dd>
            </dl>
          </div>
        )}
      </Loaded>
    </Panel>
  )
}

function Days({ limits }: { limits: Limits }) {
  const queries = useQueryClient()
  const [days, setDays] = useState(limits.retention_days)
  const save = useMutation({
    mutationFn: () => answerOf(api.PUT('/retention', { body: { retention_days: days } })),
    onSuccess: (changed) => queries.setQueryData(['retention'], changed),
  })
  return (
    <Form onSend={() => save.mutate()}>
      <label className="field">
        Days that events, sessions and alerts are kept
        <input
          type="number"
          min={1}
          max={3650}
          required
          className="input max-w-32"
          value={Number.isNaN(days) ? '' : days}
          onChange={(event) => setDays(event.target.valueAsNumber)}
        />
      </label>
      {days < limits.retention_days && (
        <label className="flex items-center gap-2 text-sm">
          <input type="checkbox" required />
          Remove what was received more than {days} days ago, permanently, within the hour
        </label>
      )}
      <div className="flex items-center gap-3">
        <button
          type="submit"
          className="button button-primary"
          disabled={save.isPending || days === limits.retention_days}
        >
          Save
        </button>
        <span role="status" className="text-sm text-muted">
          {limits.changed_at !== null && (
            <>
              Set by {limits.changed_by} <When at={limits.changed_at} />
            </>
          )}
        </span>
      </div>
      {save.error && <Failed error={save.error} />}
    </Form>
  )
}
