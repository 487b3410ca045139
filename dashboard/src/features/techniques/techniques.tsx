import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { answerOf, api, saveAs } from '../../api/client'
import { useTimeRange } from '../../app/context/time'
import { PageHead } from '../../components/panel'
import { Empty, Failed, Loaded } from '../../components/states'
import { useTitle } from '../../components/title'

/** The ATT&CK matrix as far as sessions showed it; every cell leads to the sessions. */
export function Techniques() {
  useTitle('ATT&CK matrix')
  const { range, hours, refetchInterval } = useTimeRange()
  const matrix = useQuery({
    queryKey: ['matrix', hours],
    queryFn: () => answerOf(api.GET('/dashboard/attack-matrix', { params: { query: { hours } } })),
    refetchInterval,
  })
  return (
    <>
      <PageHead title={`ATT&CK matrix, last ${range}`}>
        <LayerExport hours={hours} />
      </PageHead>
      <p className="mb-3 text-sm text-muted">
        Techniques that events and statements of sessions showed. A technique is listed under every tactic
        that it belongs to. The page of a session shows the technique of each statement.
      </p>
      <Loaded of={matrix} lines={8}>
        {({ from, to, tactics }) => {
          const most = Math.max(
            1,
            ...tactics.flatMap(({ techniques }) => techniques.map(({ sessions }) => sessions)),
          )
          return tactics.length === 0 ? (
            <Empty title="No technique in this time range">Select a longer time range above.</Empty>
          ) : (
            <div className="grid grid-cols-[repeat(auto-fill,minmax(13rem,1fr))] gap-3">
              {tactics.map(({ name, techniques }) => (
                <section key={name} className="panel" aria-label={name}>
                  <h2 className="mb-2 text-sm font-semibold">{name}</h2>
                  <ul className="grid gap-1">
                    {techniques.map(({ id, name: technique, sessions }) => (
                      <li key={id}>
                        <Link
                          to="/dashboard/sessions"
                          search={{ from, to, technique: id }}
                          className="technique"
                        >
                          <span
                            className="technique-share"
                            style={{ width: `${(100 * sessions) / most}%` }}
                            aria-hidden="true"
                          />
                          <span className="relative">
                            <span className="font-mono text-xs">{id}</span> {technique}
                          </span>
                          <span className="relative tabular-nums">
                            {sessions.toLocaleString('en')}
                            <span className="sr-only"> sessions</span>
                          </span>
                        </Link>
                      </li>
                    ))}
                  </ul>
                </section>
              ))}
            </div>
          )
        }}
      </Loaded>
    </>
  )
}

/** Saves the matrix as a layer that the ATT&CK Navigator opens. */
function LayerExport({ hours }: { hours: number }) {
  const save = useMutation({
    mutationFn: async () => {
      const layer = await answerOf(
        api.GET('/dashboard/attack-matrix/navigator-layer', { params: { query: { hours } } }),
      )
      saveAs(
        new Blob([JSON.stringify(layer, null, 2)], { type: 'application/json' }),
        'eviltwin-attack-layer.json',
      )
    },
  })
  return (
    <>
      <button type="button" className="button" disabled={save.isPending} onClick={() => save.mutate()}>
        Navigator layer
      </button>
      {save.error && <Failed error={save.error} />}
    </>
  )
}
