import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { answerOf, api, done } from '../../api/client'
import { useMay } from '../../app/context/me'
import { PageHead, Panel } from '../../components/panel'
import { Failed, Loaded } from '../../components/states'
import { useTitle } from '../../components/title'
import { OpsAlertTable } from './ops-alert-table'
import { OpsHistory } from './ops-history'
import { SilenceDialog } from './silence-dialog'
import { SilenceList } from './silence-list'
import { useOpsQueries } from './use-ops-queries'

/** How the platform itself is: its alerts, one burn alert of each objective, silences, and the history with its notifications. */
export function Operations() {
  useTitle('Operational alerts')
  const isAdmin = useMay('admin')
  // The rule to silence; null is every rule (a maintenance window), undefined is no dialog.
  const [silencing, setSilencing] = useState<string | null | undefined>(undefined)
  const { alerts, silences, history, renew } = useOpsQueries()
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
        {isAdmin && (
          <button type="button" className="button" onClick={() => setSilencing(null)}>
            Maintenance window
          </button>
        )}
      </PageHead>
      {acknowledge.error && <Failed error={acknowledge.error} />}
      {end.error && <Failed error={end.error} />}
      <Loaded of={alerts} lines={8}>
        {({ items }) => (
          <OpsAlertTable alerts={items} onAcknowledge={acknowledge.mutate} onSilence={setSilencing} />
        )}
      </Loaded>
      <div className="mt-4 grid gap-4 xl:grid-cols-2">
        <Panel title="Silences and maintenance windows">
          <Loaded of={silences}>{({ items }) => <SilenceList silences={items} onEnd={end.mutate} />}</Loaded>
        </Panel>
        <Panel title="History">
          <Loaded of={history}>{({ items }) => <OpsHistory transitions={items} />}</Loaded>
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
