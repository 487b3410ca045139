import type { EvidenceFile } from '@eviltwin/contract'
import { useMay } from '../../app/context/me'
import { Form, written } from '../../components/form'
import { HostileText } from '../../components/hostile-text'
import { Panel } from '../../components/panel'
import { Failed } from '../../components/states'
import { When } from '../../components/when'
import type { useEvidenceChanges } from './use-evidence'

/** Whether a legal hold keeps a file, since when and why; administrators set and end it. */
export function LegalHoldPanel({
  file: { legal_hold },
  changes: { hold, endHold },
}: {
  file: EvidenceFile
  changes: ReturnType<typeof useEvidenceChanges>
}) {
  const isAdmin = useMay('admin')
  const error = hold.error ?? endHold.error
  return (
    <Panel title="Legal hold">
      {legal_hold ? (
        <p>
          Kept whatever the retention says: <HostileText text={legal_hold.reason} /> ({legal_hold.set_by},{' '}
          <When at={legal_hold.since} absolute />)
        </p>
      ) : (
        <p className="text-muted">None: the file is removed when its retention is over.</p>
      )}
      {isAdmin && legal_hold && (
        <button
          type="button"
          className="button mt-2"
          disabled={endHold.isPending}
          onClick={() => endHold.mutate()}
        >
          End the hold
        </button>
      )}
      {isAdmin && !legal_hold && (
        <Form
          className="mt-2 flex flex-wrap items-end gap-2"
          onSend={(fields) => hold.mutate(written(fields, 'reason') ?? '')}
        >
          <label className="field">
            Reason
            <input name="reason" className="input" required minLength={3} maxLength={500} />
          </label>
          <button type="submit" className="button" disabled={hold.isPending}>
            Set a legal hold
          </button>
        </Form>
      )}
      {error && <Failed error={error} />}
    </Panel>
  )
}
