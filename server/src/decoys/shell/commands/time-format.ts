const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const LONG_MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
const LONG_DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const HALF_YEAR_MS = 182 * 86_400_000

function two(value: number): string {
  return String(value).padStart(2, '0')
}

/** `May  3 10:02`, or the year instead of the time where that is long ago, as `ls -l` writes it. In UTC. */
export function shortDate(milliseconds: number, now: number): string {
  const date = new Date(milliseconds)
  const day = `${MONTHS[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)}`
  const isOld = Math.abs(now - milliseconds) > HALF_YEAR_MS
  return isOld
    ? `${day}  ${date.getUTCFullYear()}`
    : `${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`
}

/** Formats of `date` (XCU `date`, and those of GNU that are in use). In UTC. */
export function formatDate(format: string, milliseconds: number): string {
  const date = new Date(milliseconds)
  const seconds = Math.floor(milliseconds / 1_000)
  const dayOfYear = Math.floor((milliseconds - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1
  const hour12 = date.getUTCHours() % 12 || 12
  const fields: Record<string, string> = {
    a: DAYS[date.getUTCDay()] as string,
    A: LONG_DAYS[date.getUTCDay()] as string,
    b: MONTHS[date.getUTCMonth()] as string,
    h: MONTHS[date.getUTCMonth()] as string,
    B: LONG_MONTHS[date.getUTCMonth()] as string,
    d: two(date.getUTCDate()),
    e: String(date.getUTCDate()).padStart(2),
    H: two(date.getUTCHours()),
    I: two(hour12),
    j: String(dayOfYear).padStart(3, '0'),
    m: two(date.getUTCMonth() + 1),
    M: two(date.getUTCMinutes()),
    N: `${String(Math.floor(milliseconds % 1_000)).padStart(3, '0')}000000`,
    n: '\n',
    p: date.getUTCHours() < 12 ? 'AM' : 'PM',
    s: String(seconds),
    S: two(date.getUTCSeconds()),
    t: '\t',
    u: String(date.getUTCDay() || 7),
    w: String(date.getUTCDay()),
    y: two(date.getUTCFullYear() % 100),
    Y: String(date.getUTCFullYear()),
    z: '+0000',
    Z: 'UTC',
    '%': '%',
  }
  const whole: Record<string, string> = {
    c: '%a %b %e %H:%M:%S %Y',
    D: '%m/%d/%y',
    F: '%Y-%m-%d',
    r: '%I:%M:%S %p',
    R: '%H:%M',
    T: '%H:%M:%S',
    x: '%m/%d/%y',
    X: '%H:%M:%S',
  }
  return format
    .replace(/%[-_0^]?([cDFrRTxX])/g, (_, letter: string) => whole[letter] as string)
    .replace(/%([-_0^]?)([a-zA-Z%])/g, (written, flag: string, letter: string) => {
      const value = fields[letter]
      if (value === undefined) return written
      return flag === '-' ? value.replace(/^[0 ]+(?=.)/, '') : value
    })
}

/** `up 12 days,  3:04`, as `uptime` and `w` write it. */
export function uptimeText(seconds: number): string {
  const days = Math.floor(seconds / 86_400)
  const hours = Math.floor((seconds % 86_400) / 3_600)
  const minutes = Math.floor((seconds % 3_600) / 60)
  const time = hours > 0 ? `${String(hours).padStart(2)}:${two(minutes)}` : `${minutes} min`
  return days > 0 ? `${days} day${days === 1 ? '' : 's'}, ${time}` : time
}
