/** Longest command that is kept and read, in UTF-16 code units. */
const MAX_COMMAND = 65_536
const MARKER = /… \[(\d{1,12}) characters more\]$/

/** A command as events carry it: whole, or its beginning and how much more there was. */
export function boundedCommand(text: string): string {
  const more = text.length - MAX_COMMAND
  return more <= 0 ? text : `${text.slice(0, MAX_COMMAND)}… [${more} characters more]`
}

/** What of a command was kept, and how many characters were not. */
export function keptOf(command: string): { text: string; cut: number } {
  // A command that is not too long was not cut, whatever an attacker wrote at its end.
  const cut = command.length > MAX_COMMAND ? Number(MARKER.exec(command.slice(MAX_COMMAND))?.[1] ?? 0) : 0
  return { text: cut > 0 ? command.slice(0, MAX_COMMAND) : command, cut }
}
