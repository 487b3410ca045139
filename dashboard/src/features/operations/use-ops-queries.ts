import { useQuery, useQueryClient } from '@tanstack/react-query'
import { answerOf, api } from '../../api/client'
import { useTimeRange } from '../../app/context/time'

/** The operational alerts, their silences and their history; `renew` fetches all three again after a change to one. */
export function useOpsQueries() {
  const { refetchInterval } = useTimeRange()
  const queries = useQueryClient()
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
  return { alerts, silences, history, renew }
}
