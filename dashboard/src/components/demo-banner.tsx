import { useQuery } from '@tanstack/react-query'
import { answerOf, api } from '../api/client'

/** Says on every page that nothing shown is real. */
export function DemoBanner() {
  const { data } = useQuery({
    queryKey: ['is demo'],
    queryFn: () => answerOf(api.GET('/health')),
    staleTime: Number.POSITIVE_INFINITY,
  })
  if (!data?.demo) return null
  return (
    <section aria-label="Demo" className="notice">
      <p>
        <strong>Demo data.</strong> Attackers and sensors are invented and use documentation addresses. The
        figures are those that this server measured.
      </p>
    </section>
  )
}
