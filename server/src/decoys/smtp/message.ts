import type { ByteReader } from '../connection/byte-reader.js'
import { type Capture, type CaptureBudget, createCapture } from '../connection/capture.js'

/** Of one line; RFC 5321 allows 1,000. */
const MAX_LINE = 65_536
/** Of one message; of a longer one the beginning is kept. */
const MAX_MESSAGE = 2 * 1024 * 1024
const CRLF = Buffer.from('\r\n')
const DOT = 0x2e

/** A message as it was sent. */
export interface ReceivedMessage {
  /** With CRLF, and without the dots that were added for transport. */
  content: Buffer
  /** Bytes of the message, kept or not. */
  size: number
  isCut: boolean
  /** False where the client ended within it. */
  isComplete: boolean
}

/** Reads what follows DATA up to the line with a dot alone (RFC 5321, section 4.5.2). */
export async function readMessage(reader: ByteReader, budget: CaptureBudget): Promise<ReceivedMessage> {
  const capture: Capture = createCapture(budget, MAX_MESSAGE)
  let isComplete = false
  let hasLongLine = false
  for (let line = await reader.line(MAX_LINE); line !== null; line = await reader.line(MAX_LINE)) {
    const { bytes } = line
    if (line.isComplete && bytes.length === 1 && bytes[0] === DOT) {
      isComplete = true
      break
    }
    hasLongLine ||= line.isCut
    capture.append(bytes[0] === DOT ? bytes.subarray(1) : bytes)
    if (line.isComplete) capture.append(CRLF)
  }
  const facts = { size: capture.size(), isCut: capture.isCut() || hasLongLine, isComplete }
  return { content: capture.take(), ...facts }
}
