import type { DropReason, FallbackReason, SeverityReason, Triage } from '@eviltwin/contract'
import { useMutation, useQuery } from '@tanstack/react-query'
import { answerOf, api } from '../../api/client'
import { HostileText } from '../../components/hostile-text'
import { LeftOut } from '../../components/left-out'
import { Level } from '../../components/level'
import { Panel } from '../../components/panel'
import { Failed, Skeleton } from '../../components/states'
import { When } from '../../components/when'

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
  return (
    <div className="grid gap-3 text-sm" aria-live="polite">
      <p className="flex flex-wrap items-center gap-2">
        <Level level={triage.severity} />
        <span className="chip">
          {triage.source === 'llm' ? `by ${triage.model ?? 'the LLM'}` : 'by rules'}
        </span>
      </p>
      {triage.fallback && <FallbackNote fallback={triage.fallback} />}
      {triage.severity_check && <SeverityCheck check={triage.severity_check} />}
      <p className="whitespace-pre-wrap">
        <HostileText text={triage.summary} />
      </p>
      <Part title="Recommended actions">
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
      <Dropped triage={triage} />
    </div>
  )
}

const WHY_RULES: Readonly<Record<FallbackReason, string>> = {
  not_configured: 'There is no LLM',
  unavailable: 'The LLM is not available',
  unusable_answer: 'The answer of the LLM cannot be used',
  user_quota: 'The LLM was not used',
  total_quota: 'The LLM was not used',
}

/** Why rules made the analysis, where somebody set an LLM up. */
function FallbackNote({
  fallback: { reason, detail, retry_at },
}: {
  fallback: NonNullable<Triage['fallback']>
}) {
  if (reason === 'not_configured') return null
  return (
    <p className="notice" role="note">
      {WHY_RULES[reason]}: {detail}. The rules made this analysis.
      {retry_at !== null && (
        <>
          {' '}
          The LLM may be asked again from <When at={retry_at} absolute />.
        </>
      )}
    </p>
  )
}

const FACTS: Readonly<Record<SeverityReason, string>> = {
  research_scanner: 'the source is a research scanner and did not get in',
  only_failed_logins: 'there are only failed logins',
  only_connections: 'there are only connections',
}

/** What became of a severity of the LLM that is far below that of the rules. */
function SeverityCheck({ check }: { check: NonNullable<Triage['severity_check']> }) {
  const { llm, rules, outcome, reason } = check
  return (
    <p className="notice" role="note">
      The LLM said {llm}, the rules say {rules}.{' '}
      {outcome === 'accepted' && reason !== null
        ? `Accepted, because ${FACTS[reason]}.`
        : `Raised to one step below the rules, because ${reason === null ? 'the LLM gave no reason that can be checked' : `it is not true that ${FACTS[reason]}`}.`}
    </p>
  )
}

const DROPPED: Readonly<Record<DropReason, string>> = {
  no_evidence: 'cited no event',
  empty: 'were empty',
  link: 'named a link that the session does not hold',
  address: 'named an address that the session does not hold',
  domain: 'named a domain that the session does not hold',
  hash: 'named a hash or key that the session does not hold',
  command: 'had a command',
  unsafe: 'asked to use or to let through what the attacker named',
}

/** What of the answer of the LLM is not shown, and why. */
function Dropped({ triage: { dropped, drop_reasons } }: { triage: Triage }) {
  const { techniques, iocs, claims, actions } = dropped
  const total = techniques + iocs + claims + actions
  if (total === 0) return null
  const counts = [
    ...drop_reasons.map(({ reason, count }) => `${count} ${DROPPED[reason]}`),
    ...(techniques > 0 ? [`${counted(techniques, 'technique')} without an event that shows it`] : []),
    ...(iocs > 0 ? [`${counted(iocs, 'indicator')} not in the session`] : []),
  ]
  return (
    <div className="text-muted">
      <p>{counted(total, 'statement')} of the LLM dropped, because the session does not back what it says:</p>
      <ul>
        {counts.map((count) => (
          <li key={count} className="ml-4 list-disc">
            {count}
          </li>
        ))}
      </ul>
    </div>
  )
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
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
