import type { DecoyIdentity } from '../decoy.js'
import { createMachine } from '../shell/machine.js'

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const
const HOUR_MS = 3_600_000
const MAX_HOURS = 300

const DEBIAN = `

The programs included with the Debian GNU/Linux system are free software;
the exact distribution terms for each program are described in the
individual files in /usr/share/doc/*/copyright.

Debian GNU/Linux comes with ABSOLUTELY NO WARRANTY, to the extent
permitted by applicable law.
`
const UBUNTU = `

 * Documentation:  https://help.ubuntu.com
 * Management:     https://landscape.canonical.com
 * Support:        https://ubuntu.com/pro

`

/** What a terminal shows before the first prompt, as the distribution of the host does, with `\n` for the end of a line. @param now milliseconds since 1970. */
export function greetingOf(identity: DecoyIdentity, now: number): string {
  const { distribution, architecture, hostName } = createMachine(identity, identity.hostName)
  const { id, version, kernel, build } = distribution
  const text =
    id === 'ubuntu'
      ? `Welcome to Ubuntu ${version.replace(/ \(.*/, '')} (GNU/Linux ${kernel} ${architecture})${UBUNTU}`
      : `Linux ${hostName} ${kernel} ${build} ${architecture}${DEBIAN}`
  const [hours = 0, third = 0, fourth = 0] = identity.derive('last login', 3)
  const at = new Date(now - (1 + (hours % MAX_HOURS)) * HOUR_MS - third * 10_000)
  const clock = at.toISOString().slice(11, 19)
  const day = String(at.getUTCDate()).padStart(2, ' ')
  const from = `10.${hours}.${third}.${1 + (fourth % 250)}`
  const date = `${DAYS[at.getUTCDay()]} ${MONTHS[at.getUTCMonth()]} ${day} ${clock} ${at.getUTCFullYear()}`
  return `${text}Last login: ${date} from ${from}\n`
}
