import { useQuery } from '@tanstack/react-query'
import { answerOf, api } from '../../api/client'
import { useTimeRange } from '../../app/context/time'

/** Every sensor, the one heard last first. */
export function useSensors() {
  const { refetchInterval } = useTimeRange()
  return useQuery({ queryKey: ['sensors'], queryFn: () => answerOf(api.GET('/sensors')), refetchInterval })
}
