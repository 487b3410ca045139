import { posix } from 'node:path'
import ssh2, { type Attributes, type SFTPWrapper } from 'ssh2'
import type { DecoySession } from '../decoy.js'
import type { DecoyFileSystem, FileStatus } from '../shell/index.js'
import type { Upload, Uploads } from './uploads.js'

const { STATUS_CODE, OPEN_MODE } = ssh2.utils.sftp

export interface SftpOptions {
  sftp: SFTPWrapper
  files: DecoyFileSystem
  uploads: Uploads
  session: DecoySession
  /** An absolute path of what a client names. */
  resolvePath: (path: string) => string
}

const MAX_HANDLES = 64
const MAX_READ_BYTES = 32 * 1024
/** What answers may hold in all: ssh2 keeps those that the client does not read. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024
const ANSWER_BYTES = 512
const NAMES_PER_ANSWER = 100
const DIRECTORY = 0o040000
const REGULAR = 0o100000
const NEW_FILE: FileStatus = { kind: 'file', size: 0, mode: 0o644, uid: 0, gid: 0, modified_ms: 0 }

type Handle =
  | { kind: 'upload'; upload: Upload; path: string; appends: boolean }
  | { kind: 'download'; content: Buffer; stat: FileStatus }
  | { kind: 'directory'; names: Array<{ name: string; status: FileStatus }> }

/** Serves the SFTP subsystem (draft-ietf-secsh-filexfer-02) over the files of the session. */
export function serveSftp(options: SftpOptions): void {
  const { sftp } = options
  const handles = createHandles()
  let answered = 0

  /** Answers one request; whatever the file system refuses is a failure of the request alone. */
  function answer(reqId: number, work: () => void, bytes = ANSWER_BYTES): void {
    answered += bytes
    if (answered > MAX_ANSWER_BYTES) return void sftp.end()
    try {
      work()
    } catch (error) {
      sftp.status(reqId, codeOf(error as Error))
    }
  }

  sftp.on('error', () => {})
  sftp.on('end', () => {
    handles.closeAll()
    exitWith(sftp, 0)
    sftp.end()
  })
  sftp.on('close', handles.closeAll)
  serveFiles(options, handles, answer)
  serveFolders(options, handles, answer)
  serveAttributes(options, handles, answer)
}

/** The exit status that scp looks at: ssh2 states it for channels, and has no function for those of SFTP. */
function exitWith(sftp: SFTPWrapper, code: number): void {
  const { _protocol, outgoing } = sftp as unknown as {
    _protocol: { exitStatus(channel: number, code: number): void }
    outgoing: { id: number; state: string }
  }
  if (outgoing.state === 'open') _protocol.exitStatus(outgoing.id, code)
}

type Answer = (reqId: number, work: () => void, bytes?: number) => void
type Handles = ReturnType<typeof createHandles>

function createHandles() {
  const open = new Map<number, Handle>()
  let next = 0
  return {
    /** Null when too many are open. */
    add(handle: Handle): Buffer | null {
      if (open.size >= MAX_HANDLES) return null
      next = (next + 1) >>> 0
      open.set(next, handle)
      const id = Buffer.alloc(4)
      id.writeUInt32BE(next)
      return id
    },
    get: (id: Buffer): Handle | undefined => (id.length === 4 ? open.get(id.readUInt32BE(0)) : undefined),
    close(id: Buffer): boolean {
      const handle = this.get(id)
      if (!handle) return false
      if (handle.kind === 'upload') handle.upload.close()
      return open.delete(id.readUInt32BE(0))
    },
    /** What a client did not close is kept too. */
    closeAll(): void {
      for (const handle of open.values()) if (handle.kind === 'upload') handle.upload.close()
      open.clear()
    },
  }
}

function serveFiles(
  { sftp, files, uploads, session, resolvePath }: SftpOptions,
  handles: Handles,
  answer: Answer,
): void {
  function giveHandle(reqId: number, handle: Handle | null): void {
    const id = handle && handles.add(handle)
    if (id) sftp.handle(reqId, id)
    else sftp.status(reqId, STATUS_CODE.FAILURE)
  }

  sftp.on('OPEN', (reqId, name, flags) =>
    answer(reqId, () => {
      const path = resolvePath(name)
      if (flags & OPEN_MODE.WRITE) {
        const before = flags & OPEN_MODE.TRUNC ? undefined : contentOf(files, path)
        const upload = uploads.open(path, 'sftp.upload', before)
        return giveHandle(
          reqId,
          upload && { kind: 'upload', upload, path, appends: (flags & OPEN_MODE.APPEND) !== 0 },
        )
      }
      session.record({ event_type: 'other', action: 'sftp.read', message: path })
      giveHandle(reqId, { kind: 'download', content: files.read(path), stat: files.stat(path) })
    }),
  )
  sftp.on('WRITE', (reqId, id, offset, bytes) =>
    answer(reqId, () => {
      const handle = handles.get(id)
      // As O_APPEND does: the place that the client states is of no effect.
      const isKept =
        handle?.kind === 'upload' &&
        handle.upload.write(handle.appends ? handle.upload.size() : offset, bytes)
      sftp.status(reqId, isKept ? STATUS_CODE.OK : STATUS_CODE.FAILURE)
    }),
  )
  sftp.on('READ', (reqId, id, offset, length) =>
    answer(
      reqId,
      () => {
        const handle = handles.get(id)
        if (handle?.kind !== 'download') return void sftp.status(reqId, STATUS_CODE.FAILURE)
        const part = handle.content.subarray(offset, offset + Math.min(length, MAX_READ_BYTES))
        if (part.length === 0) sftp.status(reqId, STATUS_CODE.EOF)
        else sftp.data(reqId, part)
      },
      Math.min(length, MAX_READ_BYTES) + ANSWER_BYTES,
    ),
  )
  sftp.on('CLOSE', (reqId, id) =>
    answer(reqId, () => sftp.status(reqId, handles.close(id) ? STATUS_CODE.OK : STATUS_CODE.FAILURE)),
  )
}

/** What a file has before it is written to; undefined where there is none that can be read. */
function contentOf(files: DecoyFileSystem, path: string): Buffer | undefined {
  return files.exists(path) && files.stat(path).kind === 'file' ? files.read(path) : undefined
}

function serveFolders(
  { sftp, files, session, resolvePath }: SftpOptions,
  handles: Handles,
  answer: Answer,
): void {
  sftp.on('OPENDIR', (reqId, name) =>
    answer(reqId, () => {
      const path = resolvePath(name)
      session.record({ event_type: 'other', action: 'sftp.list', message: path })
      const id = handles.add({ kind: 'directory', names: files.list(path) })
      if (id) sftp.handle(reqId, id)
      else sftp.status(reqId, STATUS_CODE.FAILURE)
    }),
  )
  sftp.on('READDIR', (reqId, id) =>
    answer(
      reqId,
      () => {
        const handle = handles.get(id)
        if (handle?.kind !== 'directory') return void sftp.status(reqId, STATUS_CODE.FAILURE)
        const names = handle.names.splice(0, NAMES_PER_ANSWER)
        if (names.length === 0) return void sftp.status(reqId, STATUS_CODE.EOF)
        sftp.name(
          reqId,
          names.map(({ name, status }) => ({
            filename: name,
            longname: longName(name, status),
            attrs: attributesOf(status),
          })),
        )
      },
      NAMES_PER_ANSWER * ANSWER_BYTES,
    ),
  )
  const change = (action: string, names: readonly string[], work: (...paths: string[]) => void) => {
    const paths = names.map(resolvePath)
    session.record({ event_type: 'other', action, message: paths.join(' ') })
    work(...paths)
  }
  const ok = (reqId: number) => void sftp.status(reqId, STATUS_CODE.OK)
  sftp.on('MKDIR', (reqId, name) =>
    answer(reqId, () => {
      change('sftp.mkdir', [name], files.makeDirectory)
      ok(reqId)
    }),
  )
  for (const request of ['REMOVE', 'RMDIR'] as const)
    (sftp as { on(event: string, listener: (reqId: number, name: string) => void): void }).on(
      request,
      (reqId, name) =>
        answer(reqId, () => {
          change('sftp.remove', [name], files.remove)
          ok(reqId)
        }),
    )
  sftp.on('RENAME', (reqId, from, to) =>
    answer(reqId, () => {
      change('sftp.rename', [from, to], (source = '', target = '') => files.rename(source, target))
      ok(reqId)
    }),
  )
}

function serveAttributes(
  { sftp, files, session, resolvePath }: SftpOptions,
  handles: Handles,
  answer: Answer,
): void {
  const giveStat = (reqId: number, name: string) =>
    answer(reqId, () => {
      sftp.attrs(reqId, attributesOf(files.stat(resolvePath(name))))
    })
  sftp.on('STAT', giveStat)
  sftp.on('LSTAT', giveStat)
  sftp.on('FSTAT', (reqId, id) =>
    answer(reqId, () => {
      const handle = handles.get(id)
      if (handle?.kind === 'download') sftp.attrs(reqId, attributesOf(handle.stat))
      else if (handle?.kind === 'upload')
        sftp.attrs(reqId, attributesOf({ ...NEW_FILE, size: handle.upload.size() }))
      else sftp.status(reqId, STATUS_CODE.FAILURE)
    }),
  )
  sftp.on('SETSTAT', (reqId, name, { mode }) =>
    answer(reqId, () => {
      const path = resolvePath(name)
      const details = mode === undefined ? {} : { mode: (mode & 0o7777).toString(8) }
      session.record({ event_type: 'other', action: 'sftp.setstat', message: path, details })
      if (mode !== undefined) files.changeMode(path, mode & 0o7777)
      sftp.status(reqId, STATUS_CODE.OK)
    }),
  )
  sftp.on('FSETSTAT', (reqId) => answer(reqId, () => sftp.status(reqId, STATUS_CODE.OK)))
  sftp.on('REALPATH', (reqId, name) =>
    answer(reqId, () => {
      const filename = resolvePath(name)
      sftp.name(reqId, [{ filename, longname: filename, attrs: {} as Attributes }])
    }),
  )
}

function attributesOf({ kind, size, mode, uid, gid, modified_ms }: FileStatus): Attributes {
  const seconds = Math.floor(modified_ms / 1000)
  const type = kind === 'folder' ? DIRECTORY : REGULAR
  return { mode: type | mode, uid, gid, size, atime: seconds, mtime: seconds }
}

/** As `ls -l` has it: clients show it. */
function longName(name: string, { kind, size, mode, modified_ms }: FileStatus): string {
  const bits = [...'rwxrwxrwx'].map((letter, index) => ((mode >> (8 - index)) & 1 ? letter : '-')).join('')
  const date = new Date(modified_ms).toUTCString()
  const when = `${date.slice(8, 11)} ${date.slice(5, 7)} ${date.slice(17, 22)}`
  return `${kind === 'folder' ? 'd' : '-'}${bits}    1 root     root     ${String(size).padStart(8)} ${when} ${posix.basename(name)}`
}

function codeOf({ message }: Error): number {
  if (/No such file/i.test(message)) return STATUS_CODE.NO_SUCH_FILE
  return /denied|not permitted/i.test(message) ? STATUS_CODE.PERMISSION_DENIED : STATUS_CODE.FAILURE
}
