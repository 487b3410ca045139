import { posix } from 'node:path'
import type { ServerChannel } from 'ssh2'
import type { DecoySession } from '../decoy.js'
import type { DecoyFileSystem } from '../shell/index.js'
import { endWith, writeTo } from './channel-output.js'
import type { Upload, Uploads } from './uploads.js'

/** A client asks for the far end of `scp`: to receive files, or to send some. */
export interface ScpRequest {
  direction: 'receive' | 'send'
  path: string
}

export interface ScpOptions {
  channel: ServerChannel
  request: ScpRequest
  files: DecoyFileSystem
  uploads: Uploads
  session: DecoySession
  resolvePath: (path: string) => string
}

const MAX_LINE = 4_096
const MAX_DEPTH = 16
const OK = Buffer.from([0])
const NEWLINE = 0x0a

/** Null for any other command. */
export function scpRequestOf(command: string): ScpRequest | null {
  const [, options = '', path = ''] =
    /^(?:\/usr\/bin\/)?scp((?:\s+-\w+)+)\s+(?:--\s+)?(\S.*)$/.exec(command.trim()) ?? []
  if (/-\w*t/.test(options)) return { direction: 'receive', path: unquoted(path) }
  return /-\w*f/.test(options) ? { direction: 'send', path: unquoted(path) } : null
}

function unquoted(path: string): string {
  return path.replace(/^(['"])(.*)\1$/s, '$2')
}

/**
 * The old protocol of scp, as rcp has it: lines of control (`C0644 5 name`), each answered with a zero byte, and the bytes of a file, which
 * end with one. OpenSSH uses it with -O, and other clients always.
 */
export async function serveScp(options: ScpOptions): Promise<void> {
  options.channel.on('error', () => {})
  if (options.request.direction === 'receive') receive(options)
  else await send(options)
}

function receive({ channel, request, files, uploads, resolvePath }: ScpOptions): void {
  const target = resolvePath(request.path)
  const folders = [isFolder(files, target) ? target : null]
  let line = Buffer.alloc(0)
  let file: { upload: Upload | null; left: number; received: number } | null = null

  const fail = (message: string) => {
    void writeTo(channel, `\u0001scp: ${message}\n`)
    endWith(channel, 1)
  }

  function control(text: string): void {
    const folder = folders.at(-1) ?? null
    const [, type, size = '', name = ''] = /^([CD])[0-7]{4} (\d{1,15}) ([^/\n]+)$/.exec(text) ?? []
    const path = folder === null ? target : posix.join(folder, name)
    if (type === 'C') file = { upload: uploads.open(path, 'scp.upload'), left: Number(size), received: 0 }
    else if (type === 'D' && folders.length < MAX_DEPTH) {
      makeFolder(files, path)
      folders.push(path)
    } else if (text === 'E' && folders.length > 1) folders.pop()
    else if (!/^T\d/.test(text)) {
      fail('protocol error')
      return
    }
    void writeTo(channel, OK)
  }

  /** @returns what belongs to what comes next. */
  function takeFile(bytes: Buffer): Buffer {
    if (file === null) return bytes
    const part = bytes.subarray(0, file.left)
    file.upload?.write(file.received, part)
    file.received += part.length
    file.left -= part.length
    if (file.left > 0 || bytes.length === part.length) return Buffer.alloc(0)
    // The byte after a file says whether it was read without an error.
    file.upload?.close()
    file = null
    void writeTo(channel, OK)
    return bytes.subarray(part.length + 1)
  }

  function takeLine(bytes: Buffer): Buffer {
    const end = bytes.indexOf(NEWLINE)
    line = Buffer.concat([line, bytes.subarray(0, end < 0 ? bytes.length : end)])
    if (line.length > MAX_LINE) {
      fail('protocol error')
      return Buffer.alloc(0)
    }
    if (end < 0) return Buffer.alloc(0)
    const text = line.toString('utf8')
    line = Buffer.alloc(0)
    control(text)
    return bytes.subarray(end + 1)
  }

  channel.on('data', (bytes: Buffer) => {
    let rest = bytes
    while (rest.length > 0 && channel.writable) rest = file === null ? takeLine(rest) : takeFile(rest)
  })
  channel.once('end', () => endWith(channel, 0))
  channel.once('close', () => file?.upload?.close())
  void writeTo(channel, OK)
}

function isFolder(files: DecoyFileSystem, path: string): boolean {
  return files.exists(path) && files.stat(path).kind === 'folder'
}

function makeFolder(files: DecoyFileSystem, path: string): void {
  try {
    files.makeDirectory(path)
  } catch {
    // It is there already, or there is no room; its files are kept as evidence either way.
  }
}

async function send({ channel, request, files, session, resolvePath }: ScpOptions): Promise<void> {
  const path = resolvePath(request.path)
  session.record({ event_type: 'other', action: 'scp.read', message: path })
  let content: Buffer
  try {
    content = files.read(path)
  } catch (error) {
    await writeTo(channel, `\u0001scp: ${request.path}: ${(error as Error).message}\n`)
    return endWith(channel, 1)
  }
  const steps = [
    `C0${files.stat(path).mode.toString(8)} ${content.length} ${posix.basename(path)}\n`,
    Buffer.concat([content, OK]),
  ]
  // Each byte of the client asks for the next step; what it does not answer ends with the connection.
  channel.on('data', () => {
    const step = steps.shift()
    if (step === undefined) endWith(channel, 0)
    else void writeTo(channel, step)
  })
  channel.once('end', () => endWith(channel, 0))
}
