import type { SensorState } from '@eviltwin/contract'
import { useQuery } from '@tanstack/react-query'
import { answerOf, api } from '../../api/client'
import { usePages } from '../../api/pages'
import { useTimeRange } from '../../app/context/time'

/** The most recently active sensors. @param limit how many. */
export function useSensors(limit: number) {
  const { refetchInterval } = useTimeRange()
  return useQuery({
    queryKey: ['sensors', 'newest', limit],
    queryFn: () => answerOf(api.GET('/sensors', { params: { query: { limit } } })),
    refetchInterval,
  })
}

const PAGE = 50

/** All sensors, or those in a state, the most recently active one first, page after page. */
export function useSensorPages(state: SensorState | undefined) {
  const { refetchInterval } = useTimeRange()
  return usePages(
    ['sensors', 'pages', state],
    (cursor) =>
      answerOf(
        api.GET('/sensors', { params: { query: { limit: PAGE, ...(state && { state }), ...cursor } } }),
      ),
    refetchInterval,
  )
}

/** One sensor; null where it sent nothing. */
export function useSensor(sensor_id: string) {
  const { refetchInterval } = useTimeRange()
  return useQuery({
    queryKey: ['sensors', 'one', sensor_id],
    queryFn: async () => {
      const { items } = await answerOf(api.GET('/sensors', { params: { query: { sensor_id, limit: 1 } } }))
      return items[0] ?? null
    },
    refetchInterval,
  })
}
