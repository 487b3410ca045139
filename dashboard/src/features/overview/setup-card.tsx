import type { SetupStepId } from '@eviltwin/contract'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { answerOf, api } from '../../api/client'
import type { components } from '../../api/schema'
import { Panel } from '../../components/panel'
import { Loaded } from '../../components/states'
import { When } from '../../components/when'

type Setup = components['schemas']['Setup']
type SetupStep = Setup['steps'][number]

const EVERY_MS = 15_000

/** The first steps of the installation, for administrators; nothing once they are done. */
export function SetupCard({ onHide }: { onHide: () => void }) {
  const setup = useSetup()
  if (setup.data?.complete) return null
  return (
    <Panel
      title="First steps"
      aside={
        <button type="button" className="button" onClick={onHide}>
          Hide<span className="sr-only"> the first steps</span>
        </button>
      }
    >
      <Loaded of={setup} lines={5}>
        {({ steps }) => (
          <>
            <p className="mb-2 text-sm text-muted">
              {steps.filter(({ done }) => done).length} of {steps.length} done. Each is checked by the server.
            </p>
            <ol className="grid gap-2 lg:grid-cols-5">
              {steps.map((step) => (
                <Step key={step.id} step={step} />
              ))}
            </ol>
          </>
        )}
      </Loaded>
    </Panel>
  )
}

/** @returns the first steps as the server finds them now. */
export function useSetup() {
  return useQuery({
    queryKey: ['setup'],
    queryFn: () => answerOf(api.GET('/setup')),
    refetchInterval: ({ state }) => (state.data?.complete ? false : EVERY_MS),
  })
}

function Step({ step: { id, title, done, at, detail, next } }: { step: SetupStep }) {
  return (
    <li className="grid min-w-0 content-start gap-1 rounded border border-line p-2 text-sm">
      <p className="font-medium">
        <span aria-hidden="true" className={done ? 'text-good' : 'text-muted'}>
          {done ? '✓' : '○'}
        </span>{' '}
        {title}
        <span className="sr-only">: {done ? 'done' : 'open'}</span>
      </p>
      <p className="text-muted">
        {detail}
        {at !== null && (
          <>
            {' '}
            (<When at={at} />)
          </>
        )}
      </p>
      {next && (
        <>
          <p>{PAGES[id]?.(next.text) ?? next.text}</p>
          {next.command !== null && <code className="code break-normal select-all">{next.command}</code>}
        </>
      )}
    </li>
  )
}

/** Where a step is done, if there is a page for it. */
const PAGES: { readonly [Id in SetupStepId]?: (text: string) => ReactNode } = {
  sensor: (text) => (
    <Link to="/dashboard/sensors" className="link">
      {text}
    </Link>
  ),
  channel: (text) => (
    <Link to="/dashboard/settings" search={{ tab: 'channels' }} className="link">
      {text}
    </Link>
  ),
  second_user: (text) => (
    <Link to="/dashboard/settings" search={{ tab: 'users' }} className="link">
      {text}
    </Link>
  ),
}
