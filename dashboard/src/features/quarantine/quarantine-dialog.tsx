import type { QuarantineFilter, QuarantinePreview } from '@eviltwin/contract'
import { useQuery } from '@tanstack/react-query'
import { answerOf, api } from '../../api/client'
import { mebibytes } from '../../components/bytes'
import { Modal } from '../../components/modal'
import { Empty, Failed, Loaded } from '../../components/states'

/** Asks before the records that match are replayed or deleted, and says how many there are. */
export function QuarantineDialog({
  action,
  filter,
  pending,
  progress,
  error,
  onConfirm,
  onClose,
}: {
  action: 'replay' | 'delete'
  filter: QuarantineFilter
  pending: boolean
  /** Records done so far. */
  progress: number
  error: Error | null
  /** @param until what is received later is left alone. */
  onConfirm: (until: string) => void
  onClose: () => void
}) {
  const preview = useQuery({
    queryKey: ['quarantine preview', filter],
    queryFn: () => answerOf(api.GET('/quarantine/preview', { params: { query: filter } })),
    // What was counted is what is confirmed.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  })
  const verb = action === 'delete' ? 'Delete' : 'Replay'
  return (
    <Modal title={`${verb} quarantined records`} onClose={onClose}>
      <Loaded of={preview}>
        {(found) =>
          found.records === 0 ? (
            <Empty title="No record matches">Change the filter.</Empty>
          ) : (
            <div className="grid max-w-prose gap-3 text-sm">
              <Consequences action={action} found={found} />
              {error && <Failed error={error} />}
              <p className="flex flex-wrap gap-2">
                <button
                  type="button"
                  className="button button-primary"
                  disabled={pending}
                  onClick={() => onConfirm(found.as_of)}
                >
                  {pending
                    ? `${progress.toLocaleString('en')} of ${found.records.toLocaleString('en')} …`
                    : `${verb} ${found.records.toLocaleString('en')} records`}
                </button>
                <button type="button" className="button" onClick={onClose} data-first>
                  Cancel
                </button>
              </p>
            </div>
          )
        }
      </Loaded>
    </Modal>
  )
}

function Consequences({ action, found }: { action: 'replay' | 'delete'; found: QuarantinePreview }) {
  const { records, bytes, replayable } = found
  if (action === 'delete')
    return (
      <p>
        {records.toLocaleString('en')} records of {mebibytes(bytes)} match.{' '}
        <strong>This cannot be undone:</strong> a deleted record cannot be replayed, and is not available as
        evidence any more.
      </p>
    )
  return (
    <p>
      {records.toLocaleString('en')} records match; {replayable.toLocaleString('en')} of them can be replayed.
      What becomes an event leaves the quarantine. <strong>This cannot be undone.</strong>
    </p>
  )
}
