import { textOf } from '../connection/text.js'
import { fieldCredentials, type HttpCredentials } from './credentials.js'

/** What a body in multipart/form-data has. */
export interface Multipart {
  files: Array<{ name: string; content: Buffer }>
  credentials: HttpCredentials | null
}

const MAX_PARTS = 64
const MAX_FILES = 16
/** Of the headers of one part. */
const MAX_HEADERS = 4_096
const MAX_FIELD = 1_024
const HEADERS_END = Buffer.from('\r\n\r\n')

/**
 * Reads multipart/form-data (RFC 7578). The first 64 parts are read, and what is no part is passed over: the parser of the runtime has no
 * such limit, and takes more than a second for hostile bodies.
 * @returns null where the body is of another type.
 */
export function multipartOf(contentType: string, body: Buffer): Multipart | null {
  const [, quoted, bare] =
    /^multipart\/form-data\b[^"]{0,200}?\bboundary=(?:"([^"]{1,70})"|([^\s;,]{1,70}))/i.exec(contentType) ??
    []
  const boundary = quoted ?? bare
  if (boundary === undefined) return null
  const files: Multipart['files'] = []
  const fields: Array<[string, string]> = []
  for (const { name, fileName, content } of partsOf(body, Buffer.from(`--${boundary}`))) {
    if (fileName === undefined) fields.push([name, textOf(content.subarray(0, MAX_FIELD))])
    else if (files.length < MAX_FILES) files.push({ name: fileName || 'unnamed', content })
  }
  return { files, credentials: fieldCredentials(fields, 'form') }
}

interface Part {
  name: string
  /** Absent where the part is no file. */
  fileName: string | undefined
  content: Buffer
}

/** The last one may be without an end: the client did not finish, or the body was cut. */
function partsOf(body: Buffer, delimiter: Buffer): Part[] {
  const parts: Part[] = []
  let start = body.indexOf(delimiter)
  for (let count = 0; start >= 0 && count < MAX_PARTS; count += 1) {
    const end = body.indexOf(delimiter, start + delimiter.length)
    const part = partOf(body.subarray(start + delimiter.length, end < 0 ? body.length : end - 2))
    if (part !== null) parts.push(part)
    start = end
  }
  return parts
}

function partOf(bytes: Buffer): Part | null {
  const headersEnd = bytes.subarray(0, MAX_HEADERS).indexOf(HEADERS_END)
  if (headersEnd < 0) return null
  const headers = textOf(bytes.subarray(0, headersEnd))
  const name = /\bname="([^"\r\n]{0,255})"/i.exec(headers)?.[1]
  const fileName = /\bfilename="([^"\r\n]{0,1024})"/i.exec(headers)?.[1]
  return { name: name ?? '', fileName, content: bytes.subarray(headersEnd + HEADERS_END.length) }
}

/** The last part of a path, as the name of a file. */
export function fileNameIn(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1) || 'unnamed'
}
