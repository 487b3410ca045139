import type { Event } from '@eviltwin/contract'

/** FTP commands that look at files or change them (RFC 959, 3659). Others log in, negotiate, or are no FTP at all. */
const FILE_COMMANDS = new Set(
  [
    'ALLO APPE CDUP CWD DELE LIST MDTM MFMT MKD MLSD MLST NLST PWD REST RETR RMD RNFR RNTO',
    'SITE SIZE SMNT STOR STOU XCUP XCWD XMKD XPWD XRMD',
  ].flatMap((names) => names.split(' ')),
)

/** The action of an event that is one FTP command. */
export const FTP_ACTIONS: ReadonlySet<string> = new Set([
  'dionaea.ftp.command',
  'dionaea.modules.python.ftp.command',
])

/** Whether an event is a command of FTP that touches no file: a step of logging in, as SSH clients negotiate without a command. */
export function isFtpNegotiation({ action, command }: Pick<Event, 'action' | 'command'>): boolean {
  if (action === null || !FTP_ACTIONS.has(action)) return false
  const [name = ''] = (command ?? '').split(' ', 1)
  return !FILE_COMMANDS.has(name.toUpperCase())
}
