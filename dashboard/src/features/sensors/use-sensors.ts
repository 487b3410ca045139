import { useQuery } from '@tanstack/react-query'
import { answerOf, api } from '../../api/client'
import { useTimeRange } from '../../app/context/time'

/** Every sensor, the most recently active one first. */
export function useSensors() {
  const { refetchInterval } = useTimeRange()
  return useQuery({ queryKey: ['sensors'], queryFn: () => answerOf(api.GET('/sensors')), refetchInterval })
}
