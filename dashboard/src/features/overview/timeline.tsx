import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useMemo } from 'react'
import { answerOf, api } from '../../api/client'
import { useTimeRange } from '../../app/context/time'
import { type Series, TimeSeries } from '../../charts/time-series'
import { LEVELS } from '../../components/level'
import { Loaded } from '../../components/states'

const MAX_HOURS_BY_MINUTE = 6

/** Sessions by level over time; selecting a part of it opens the sessions of that time. */
export function Timeline() {
  const { hours, refetchInterval } = useTimeRange()
  const navigate = useNavigate()
  const interval = hours <= MAX_HOURS_BY_MINUTE ? 'minute' : 'hour'
  const timeline = useQuery({
    queryKey: ['timeline', hours],
    queryFn: () => answerOf(api.GET('/dashboard/timeline', { params: { query: { hours, interval } } })),
    refetchInterval,
  })
  const buckets = timeline.data?.buckets
  const times = useMemo(() => (buckets ?? []).map(({ at }) => Date.parse(at) / 1000), [buckets])
  const series = useMemo<Series[]>(() => {
    // Bars stand on one another: the gravest at the bottom, drawn last.
    const upTo = (bucket: NonNullable<typeof buckets>[number], n: number) =>
      LEVELS.slice(n).reduce((sum, level) => sum + bucket[level], 0)
    return LEVELS.map((level, n) => ({
      name: n === LEVELS.length - 1 ? level : `${level} and above`,
      colour: `--color-${level}`,
      values: (buckets ?? []).map((bucket) => upTo(bucket, n)),
      bars: true,
    }))
  }, [buckets])
  return (
    <Loaded of={timeline} lines={5}>
      {() => (
        <TimeSeries
          label={`Sessions by threat level per ${interval}`}
          times={times}
          series={series}
          onPick={(from, to) =>
            void navigate({
              to: '/dashboard/sessions',
              search: { started_from: new Date(from).toISOString(), to: new Date(to).toISOString() },
            })
          }
        />
      )}
    </Loaded>
  )
}
