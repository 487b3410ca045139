import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { answerOf, api } from '../../api/client'
import { useTimeRange } from '../../app/context/time'
import { WorldMap } from '../../charts/world-map'
import { nameOfCountry } from '../../components/country'
import { Loaded } from '../../components/states'

const LISTED = 5

export function AttackMap() {
  const { hours, refetchInterval } = useTimeRange()
  const navigate = useNavigate()
  const countries = useQuery({
    queryKey: ['countries', hours],
    queryFn: () => answerOf(api.GET('/dashboard/countries', { params: { query: { hours } } })),
    refetchInterval,
  })
  return (
    <Loaded of={countries} lines={8}>
      {({ from, to, items, unknown_sessions }) => (
        <>
          <WorldMap
            counts={items}
            onPick={(country) => void navigate({ to: '/dashboard/sessions', search: { country, from, to } })}
          />
          <p className="text-sm text-muted">
            {items
              .slice(0, LISTED)
              .map(({ country, sessions }) => `${nameOfCountry(country)} ${sessions.toLocaleString('en')}`)
              .join(' · ')}
            {unknown_sessions > 0 && ` · unknown ${unknown_sessions.toLocaleString('en')}`}
          </p>
        </>
      )}
    </Loaded>
  )
}
