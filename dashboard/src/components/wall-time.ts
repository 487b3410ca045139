/** The zone whose clocks times are shown by. */
export type Zone = 'local' | 'UTC'

/** What a clock of the zone shows at a moment: `2026-11-25T04:09:30`, as `<input type="datetime-local">` takes it. */
export function wallTime(at: string, zone: Zone): string {
  return new Intl.DateTimeFormat('sv-SE', {
    dateStyle: 'short',
    timeStyle: 'medium',
    ...(zone === 'UTC' && { timeZone: 'UTC' }),
  })
    .format(new Date(at))
    .replace(' ', 'T')
}

/** The moment at which a clock of the zone shows this, RFC 3339; null for what is no time. */
export function instantOf(wall: string, zone: Zone): string | null {
  const moment = new Date(zone === 'UTC' ? `${wall}Z` : wall)
  return Number.isNaN(moment.getTime()) ? null : moment.toISOString()
}
