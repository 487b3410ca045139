import type { CanaryUrlCheck } from '@eviltwin/contract'
import { useMutation } from '@tanstack/react-query'
import { answerOf, api } from '../../api/client'
import { Panel } from '../../components/panel'
import { Failed } from '../../components/states'

const OUTCOMES: Readonly<Record<CanaryUrlCheck['outcome'], string>> = {
  reachable: 'Reachable',
  another_program: 'Another program answers',
  unreachable: 'Cannot be reached',
}

/** Lets the server request the URL of its tokens, and shows who answered. */
export function UrlCheck() {
  const check = useMutation({ mutationFn: () => answerOf(api.POST('/canary/url-check')) })
  return (
    <Panel title="URL of the tokens">
      <div className="flex flex-wrap items-center gap-3 text-sm">
        <button type="button" className="button" disabled={check.isPending} onClick={() => check.mutate()}>
          {check.isPending ? 'Testing' : 'Test the URL'}
        </button>
        <div role="status">
          {check.data ? (
            <>
              <p>
                <strong>{OUTCOMES[check.data.outcome]}</strong>: <code>{check.data.url}</code>
              </p>
              <p className="text-muted">{check.data.detail}</p>
            </>
          ) : (
            <p className="text-muted">
              The server requests its own URL. The test is no visit and raises no alert.
            </p>
          )}
        </div>
        {check.error && <Failed error={check.error} />}
      </div>
    </Panel>
  )
}
