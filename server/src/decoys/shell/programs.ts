import { ADMINISTRATION_COMMANDS } from './commands/administration.js'
import { ARCHIVE_COMMANDS } from './commands/archives.js'
import { awk } from './commands/awk/awk.js'
import { BUILTINS } from './commands/builtins.js'
import { createBusybox } from './commands/busybox.js'
import { FILE_COMMANDS } from './commands/files.js'
import { grep } from './commands/grep.js'
import { NETWORK_COMMANDS } from './commands/network.js'
import { PROCESS_COMMANDS } from './commands/processes.js'
import { sed } from './commands/sed.js'
import { SYSTEM_COMMANDS } from './commands/system.js'
import { TEXT_COMMANDS } from './commands/text.js'
import type { Program } from './host.js'

/** Builtins that are programs too, as on any system. */
const ALSO_PROGRAMS = ['[', 'echo', 'false', 'printf', 'pwd', 'test', 'true']

/** Names of programs that stand in `/usr/sbin`. */
const SBIN = new Set(
  'adduser arp chpasswd deluser dmidecode groupadd ifconfig iptables lsmod modprobe poweroff reboot route service shutdown sysctl ufw useradd userdel usermod'.split(
    ' ',
  ),
)

/** Names that lead to one of the other programs by a link. */
const LINKS = new Set(['awk', 'sh'])

/** All commands by name. */
export function createPrograms(): {
  builtins: ReadonlyMap<string, Program>
  programs: ReadonlyMap<string, Program>
  bin: readonly string[]
  sbin: readonly string[]
} {
  const programs = new Map<string, Program>(
    Object.entries({
      ...FILE_COMMANDS,
      ...TEXT_COMMANDS,
      ...ARCHIVE_COMMANDS,
      ...SYSTEM_COMMANDS,
      ...PROCESS_COMMANDS,
      ...NETWORK_COMMANDS,
      ...ADMINISTRATION_COMMANDS,
      awk,
      egrep: grep,
      fgrep: grep,
      grep,
      mawk: awk,
      sed,
    }),
  )
  for (const name of ALSO_PROGRAMS) {
    const builtin = BUILTINS[name]
    if (builtin !== undefined) programs.set(name, builtin)
  }
  programs.set('busybox', createBusybox(programs))
  const names = [...programs.keys()].filter((name) => !LINKS.has(name))
  return {
    builtins: new Map(Object.entries(BUILTINS)),
    programs,
    bin: names.filter((name) => !SBIN.has(name)),
    sbin: names.filter((name) => SBIN.has(name)),
  }
}
