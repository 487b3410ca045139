import { geoNaturalEarth1, geoPath } from 'd3-geo'
import { feature } from 'topojson-client'
import type { GeometryCollection, Topology } from 'topojson-specification'
import world from 'world-atlas/countries-110m.json'
import { nameOfCountry } from '../components/country'
import { numericCode } from './country-codes'

export interface CountryCount {
  country: string
  sessions: number
  attackers: number
}

const WIDTH = 960
const HEIGHT = 470

const topology = world as unknown as Topology<{ countries: GeometryCollection<{ name: string }> }>
const countries = feature(topology, topology.objects.countries).features
const path = geoPath(geoNaturalEarth1().fitSize([WIDTH, HEIGHT], { type: 'Sphere' }))
const OUTLINES = countries.map((country) => ({
  code: String(country.id).padStart(3, '0'),
  outline: path(country) ?? '',
  centre: path.centroid(country),
}))

/** Where attackers come from: a circle a country, its area by sessions. Drawn from data that is part of the page. */
export function WorldMap({
  counts,
  onPick,
}: {
  counts: readonly CountryCount[]
  onPick: (country: string) => void
}) {
  const most = Math.max(1, ...counts.map(({ sessions }) => sessions))
  const placed = counts.flatMap((count) => {
    const code = numericCode(count.country)
    const place = OUTLINES.find((outline) => outline.code === code)
    return place ? [{ ...count, centre: place.centre }] : []
  })
  return (
    <figure aria-label="Attack map">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} className="w-full">
        <title>Attack map</title>
        <g>
          {OUTLINES.map(({ code, outline }, n) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: some territories share a code
            <path key={`${code} ${n}`} d={outline} className="map-land" />
          ))}
        </g>
        {placed.map(({ country, sessions, attackers, centre: [x = 0, y = 0] }) => (
          // biome-ignore lint/a11y/useSemanticElements: HTML has no buttons inside a drawing
          <g
            key={country}
            role="button"
            tabIndex={0}
            aria-label={`${nameOfCountry(country)}: ${sessions} sessions of ${attackers} attackers`}
            className="cursor-pointer"
            onClick={() => onPick(country)}
            onKeyDown={(event) => event.key === 'Enter' && onPick(country)}
          >
            <title>{`${nameOfCountry(country)}: ${sessions} sessions, ${attackers} attackers`}</title>
            <circle cx={x} cy={y} r={4 + 18 * Math.sqrt(sessions / most)} className="map-mark" />
          </g>
        ))}
      </svg>
    </figure>
  )
}
