import type { Program, ProgramCall } from '../host.js'
import type { Machine } from '../machine.js'
import { BUILTINS } from './builtins.js'

/** The first line of its help. */
export function busyboxVersion({ packages }: Machine): string {
  return `BusyBox ${packages.busybox} multi-call binary.`
}

/** Names of programs that busybox has too. */
const APPLETS =
  'arch ash awk base64 basename cat chgrp chmod chown chroot clear cp cut date dd df dirname dmesg du echo egrep env false fgrep find free ftpget grep gunzip gzip head hexdump hostname id ifconfig ip kill killall ln ls lsmod md5sum mkdir mktemp mount mv nc netstat nl nohup nproc nslookup od passwd pgrep ping pkill printf ps pwd readlink realpath rev rm rmdir route sed seq setsid sh sha1sum sha256sum sleep sort stat strings stty su sync sysctl tac tail tar tee telnet test tftp time timeout top touch tr true tty umount uname uniq uptime usleep wc wget which who whoami xargs xxd yes zcat'.split(
    ' ',
  )

/**
 * `busybox`. Mirai and its kin call it with a name that no applet has, and read `NAME: applet not found` as the mark of a real busybox.
 */
export function createBusybox(programs: ReadonlyMap<string, Program>): Program {
  return async (call: ProgramCall) => {
    const [name, ...args] = call.args
    if (name === undefined || name === '--help') {
      call.output.write(
        `${busyboxVersion(call.host.machine)}\nCopyright (C) 1998-2015 Erik Andersen, Rob Landley, Denys Vlasenko\nand others. Licensed under GPLv2.\nSee source distribution for full notice.\n\nUsage: busybox [function [arguments]...]\n   or: busybox --list[-full]\n   or: function [arguments]...\n\n\tBusyBox is a multi-call binary that combines many common Unix\n\tutilities into a single executable.\n\nCurrently defined functions:\n${columns()}\n`,
      )
      return 0
    }
    if (name === '--list') {
      call.output.write(`${APPLETS.join('\n')}\n`)
      return 0
    }
    const program = APPLETS.includes(name) ? (programs.get(name) ?? BUILTINS[name]) : undefined
    if (program === undefined) {
      call.error.write(`${name}: applet not found\n`)
      return 127
    }
    return await program({ ...call, name, args })
  }
}

function columns(): string {
  const lines: string[] = []
  let line = '\t'
  for (const name of APPLETS) {
    if (line.length + name.length > 70) {
      lines.push(line)
      line = '\t'
    }
    line += `${name}, `
  }
  return [...lines, line.replace(/, $/, '')].join('\n')
}
