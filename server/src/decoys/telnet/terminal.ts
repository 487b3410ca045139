import { StringDecoder } from 'node:string_decoder'
import type { Conversation } from '../connection/serve-connection.js'
import type { TerminalRecording, TerminalSize } from '../decoy.js'
import { createLineEditor, type Typed } from '../terminal/line-editor.js'
import { telnetOutput } from './protocol.js'
import { createTelnetReader } from './reader.js'

/** The terminal at the other end of a connection. */
export interface TelnetTerminal {
  /** What is typed until the client ends; options are negotiated meanwhile. */
  typed: AsyncGenerator<Typed, void>
  /** Sends bytes of the terminal, with CR LF for the end of a line. */
  write(bytes: Buffer): Promise<void>
  /** Whether the client has closed the connection. */
  isGone(): boolean
  /** Records what is typed and how large the terminal is from now on. Lines that were typed before are forgotten. */
  record(begin: (size: TerminalSize) => TerminalRecording): TerminalRecording
}

/** Where the client does not state it. */
const USUAL_SIZE: TerminalSize = { columns: 80, rows: 24 }

export function openTerminal({ socket, reader, send }: Conversation): TelnetTerminal {
  const telnet = createTelnetReader()
  const editor = createLineEditor()
  const decoder = new StringDecoder('utf8')
  let size = USUAL_SIZE
  let recording: TerminalRecording | null = null

  async function* typed(): AsyncGenerator<Typed, void> {
    for (let bytes = await reader.some(); bytes !== null; bytes = await reader.some()) {
      const { data, answer, size: stated } = telnet.take(bytes)
      if (answer.length > 0) await send(answer)
      if (stated !== null) {
        size = stated
        recording?.resize(size)
      }
      const text = decoder.write(data)
      if (text !== '') recording?.input(text)
      yield* editor.take(text)
    }
  }

  return {
    typed: typed(),
    write: (bytes) => send(telnetOutput(bytes)),
    isGone: () => socket.destroyed,
    record(begin) {
      editor.forget()
      recording = begin(size)
      return recording
    },
  }
}
