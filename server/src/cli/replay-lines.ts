import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { CliError } from './errors.js'

const NEWLINE = 0x0a
/** Beyond what any server takes: a file without line ends is no log, and must not fill the memory. */
const MAX_LINE_BYTES = 64 * 1024 * 1024

/** The lines of a log as the bytes that they are, without their ends; `.gz` is decompressed. @throws {CliError} */
export async function* readLines(file: string, onBytes: (read: number) => void): AsyncGenerator<Buffer> {
  const source = createReadStream(file)
  const gunzip = file.endsWith('.gz') ? createGunzip() : null
  source.once('error', (error) => gunzip?.destroy(error))
  let rest: Buffer[] = []
  let restBytes = 0
  try {
    for await (const chunk of gunzip ? source.pipe(gunzip) : source) {
      onBytes(source.bytesRead)
      let bytes = chunk as Buffer
      for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE)) {
        yield Buffer.concat([...rest, bytes.subarray(0, end)])
        rest = []
        restBytes = 0
        bytes = bytes.subarray(end + 1)
      }
      if (bytes.length > 0) rest.push(bytes)
      restBytes += bytes.length
      if (restBytes > MAX_LINE_BYTES)
        throw new Error(`a line is longer than ${MAX_LINE_BYTES / 1024 / 1024} MiB; is it a log?`)
    }
  } catch (error) {
    throw new CliError(`${file} cannot be read: ${(error as Error).message}`)
  } finally {
    source.destroy()
  }
  if (rest.length > 0) yield Buffer.concat(rest)
}

/** What a file without a single event seems to be. */
export function kindOfFile(lines: readonly Buffer[]): string {
  const texts = lines.map((line) => line.toString('utf8').trim())
  if (lines.some((line) => line.includes(0))) return 'a binary file'
  if (!lines.every((line) => isUtf8(line))) return 'text that is not UTF-8'
  if (texts.every((text) => text.startsWith('[') && isObject(text)))
    return 'JSON arrays; a line must hold one record'
  if (texts.every((text) => isObject(text))) return 'JSON lines of a format that is no sensor’s'
  if (/^[[{]/.test(texts[0] ?? '')) return 'one JSON document over several lines; a line must hold one record'
  return 'text; a line must hold one JSON record'
}

function isObject(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object'
  } catch {
    return false
  }
}
