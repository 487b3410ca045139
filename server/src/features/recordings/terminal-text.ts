/** Bytes of a terminal as text. */
export interface TerminalText {
  of(bytes: Buffer): string
  /** @returns what is left of an incomplete character. */
  end(): string
}

/**
 * Decodes UTF-8 across records; what is none becomes U+FFFD, as terminals show it.
 * @param addsReturns whether line feeds get a carriage return: Cowrie sends it to the client, and logs what was there before.
 */
export function createTerminalText({ addsReturns }: { addsReturns: boolean }): TerminalText {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  let endsInReturn = false
  function finished(text: string): string {
    if (!addsReturns || text === '') return text
    const withReturns = (endsInReturn ? `\r${text}` : text).replaceAll(/(?<!\r)\n/g, '\r\n')
    const own = endsInReturn ? withReturns.slice(1) : withReturns
    endsInReturn = text.endsWith('\r')
    return own
  }
  return {
    of: (bytes) => finished(decoder.decode(bytes, { stream: true })),
    end: () => finished(decoder.decode()),
  }
}
