import type { Triage } from '@eviltwin/contract'
import { useMutation, useQuery } from '@tanstack/react-query'
import { answerOf, api } from '../../api/client'
import { HostileText } from '../../components/hostile-text'
import { LeftOut } from '../../components/left-out'
import { Level } from '../../components/level'
import { Panel } from '../../components/panel'
import { Failed, Skeleton } from '../../components/states'

/** An analysis whose every statement leads to the events it rests on. */
export function TriagePanel({ sessionId }: { sessionId: string }) {
  const status = useQuery({
    queryKey: ['ai status'],
    queryFn: () => answerOf(api.GET('/ai/status')),
    staleTime: 60_000,
  })
  const triage = useMutation({
    mutationFn: () => answerOf(api.POST('/ai/analyze', { body: { session_id: sessionId } })),
  })
  return (
    <Panel
      title="Triage"
      aside={
        <span className="text-xs text-muted">
          {status.data &&
            (status.data.available
              ? `${status.data.provider} · ${status.data.model}`
              : 'LLM unavailable: by rules')}
        </span>
      }
    >
      {!triage.data && (
        <button
          type="button"
          className="button button-primary"
          disabled={triage.isPending}
          onClick={() => triage.mutate()}
        >
          {triage.isPending ? 'Analysing …' : 'Analyse this session'}
        </button>
      )}
      {triage.isPending && <Skeleton lines={5} />}
      {triage.error && <Failed error={triage.error} onRetry={() => triage.mutate()} />}
      {triage.data && <Report triage={triage.data} />}
    </Panel>
  )
}

function Report({ triage }: { triage: Triage }) {
  const { techniques: lostTechniques, iocs: lostIocs, claims } = triage.dropped
  const lost = lostTechniques + lostIocs + claims
  return (
    <div className="grid gap-3 text-sm" aria-live="polite">
      <p className="flex flex-wrap items-center gap-2">
        <Level level={triage.severity} />
        <span className="chip">
          {triage.source === 'llm' ? `by ${triage.model ?? 'the LLM'}` : 'by rules'}
        </span>
      </p>
      <p className="whitespace-pre-wrap">
        <HostileText text={triage.summary} />
      </p>
      <Part title="What to do">
        {triage.recommended_actions.map((action) => (
          <li key={action} className="ml-4 list-disc">
            <HostileText text={action} />
          </li>
        ))}
      </Part>
      <Part title="Techniques">
        {triage.techniques.map(({ id, name, event_ids }) => (
          <li key={id}>
            <span className="font-mono">{id}</span> {name} <Citations ids={event_ids} />
          </li>
        ))}
      </Part>
      <Part title="Indicators">
        {triage.iocs.map(({ type, value, event_ids }) => (
          <li key={`${type} ${value}`} className="break-all">
            <span className="text-muted">{type}</span>{' '}
            <HostileText text={value} className="font-mono text-xs select-all" />{' '}
            <Citations ids={event_ids} />
          </li>
        ))}
      </Part>
      <Part title="Evidence">
        {triage.evidence.slice(0, 20).map(({ event_id, what }) => (
          <li key={event_id} className="break-all">
            <HostileText text={what} className="font-mono text-xs" /> <Citations ids={[event_id]} />
          </li>
        ))}
      </Part>
      <LeftOut count={triage.left_out.events} what="events were not analysed" />
      {lost > 0 && <p className="text-muted">{lost} statements that the events do not back were dropped.</p>}
    </div>
  )
}

function Part({ title, children }: { title: string; children: React.ReactNode[] }) {
  if (children.length === 0) return null
  return (
    <div>
      <h3 className="text-xs font-medium text-muted">{title}</h3>
      <ul className="grid gap-1">{children}</ul>
    </div>
  )
}

const CITED = 5

function Citations({ ids }: { ids: readonly string[] }) {
  return (
    <span className="whitespace-nowrap">
      {ids.slice(0, CITED).map((id, n) => (
        <button
          key={id}
          type="button"
          className="link text-xs"
          aria-label={`Go to event ${n + 1} that shows it`}
          onClick={() => showEvent(id)}
        >
          [{n + 1}]
        </button>
      ))}
      {ids.length > CITED && <span className="text-xs text-muted"> +{ids.length - CITED}</span>}
    </span>
  )
}

/** Jumps to an event of the timeline and marks it. */
function showEvent(id: string): void {
  const event = document.getElementById(`event-${id}`)
  event?.scrollIntoView({ block: 'center' })
  event?.focus()
}
