import type { DecoyIdentity, DecoySession } from '../decoy.js'

/** What is known of a file without its content. */
export interface FileStatus {
  kind: 'file' | 'folder' | 'link' | 'device'
  /** Permission bits, such as 0o644. */
  mode: number
  uid: number
  gid: number
  /** Bytes. */
  size: number
  modified_ms: number
}

/** The files of a session, bounded in bytes and number. Paths are absolute. All functions but `exists` throw where the kernel would refuse. */
export interface DecoyFileSystem {
  write(path: string, content: Buffer): void
  read(path: string): Buffer
  list(path: string): Array<{ name: string; status: FileStatus }>
  stat(path: string): FileStatus
  exists(path: string): boolean
  remove(path: string): void
  makeDirectory(path: string): void
  rename(from: string, to: string): void
  changeMode(path: string, mode: number): void
}

/** What a line did. */
export interface ShellResult {
  output: string
  /** The same, byte for byte. */
  bytes: Buffer
  exitCode: number
  /** The shell has ended. */
  ended: boolean
}

export interface DecoyShell {
  /** Empty while a program reads lines. */
  prompt(): string
  /** False while a program reads a password. */
  echoes(): boolean
  run(line: string, stdin?: string | Buffer): Promise<ShellResult>
  /** Control-D. */
  endInput(): Promise<ShellResult>
  /** Control-C. */
  interrupt(): void
  readonly files: DecoyFileSystem
}

export interface ShellOptions {
  identity: DecoyIdentity
  session: Pick<DecoySession, 'record' | 'keepFile' | 'source_ip'>
  user: string
  hostName: string
  now: () => number
  isInteractive?: boolean
  onError?: (error: unknown) => void
}

const MAX_BYTES = 16 * 1024 * 1024
const MAX_FILES = 2_000
const FOLDERS = ['/', '/root', '/home', '/tmp', '/etc', '/var', '/var/tmp']

/** A very small shell: it knows `exit`, and says of every other command that it does not know it. */
export function createShell({ user, hostName, now, isInteractive = true }: ShellOptions): DecoyShell {
  const resultOf = (output: string, exitCode: number, ended: boolean): ShellResult => ({
    output,
    bytes: Buffer.from(output),
    exitCode,
    ended,
  })
  const ending = isInteractive ? 'logout\n' : ''
  return {
    prompt: () => `${user}@${hostName}:~${user === 'root' ? '#' : '$'} `,
    echoes: () => true,
    async run(line) {
      const [name = ''] = line.trim().split(/\s+/)
      if (name === '') return resultOf('', 0, false)
      if (name === 'exit') return resultOf(ending, 0, true)
      return resultOf(`${isInteractive ? '-bash' : 'bash: line 1'}: ${name}: command not found\n`, 127, false)
    },
    endInput: async () => resultOf(ending, 0, true),
    interrupt() {},
    files: createFiles(user === 'root' ? '/root' : `/home/${user}`, now),
  }
}

interface Entry {
  content: Buffer | null
  mode: number
  modified_ms: number
}

function createFiles(home: string, now: () => number): DecoyFileSystem {
  const entries = new Map<string, Entry>(
    [...FOLDERS, home].map((path) => [path, { content: null, mode: 0o755, modified_ms: now() }]),
  )
  let bytes = 0

  function find(path: string): Entry {
    const entry = entries.get(path)
    if (!entry) throw new Error('No such file or directory')
    return entry
  }

  function add(path: string, content: Buffer | null, mode: number): void {
    const after = bytes - (entries.get(path)?.content?.length ?? 0) + (content?.length ?? 0)
    if (after > MAX_BYTES || entries.size >= MAX_FILES) throw new Error('No space left on device')
    bytes = after
    entries.set(path, { content, mode, modified_ms: now() })
  }

  function statusOf({ content, mode, modified_ms }: Entry): FileStatus {
    const kind = content === null ? 'folder' : 'file'
    return { kind, mode, uid: 0, gid: 0, size: content?.length ?? 4_096, modified_ms }
  }

  return {
    write: (path, content) => add(path, content, 0o644),
    read: (path) => find(path).content ?? Buffer.alloc(0),
    list(path) {
      find(path)
      const prefix = path === '/' ? '/' : `${path}/`
      return [...entries]
        .filter(
          ([each]) => each !== '/' && each.startsWith(prefix) && !each.slice(prefix.length).includes('/'),
        )
        .map(([each, entry]) => ({ name: each.slice(prefix.length), status: statusOf(entry) }))
    },
    stat: (path) => statusOf(find(path)),
    exists: (path) => entries.has(path),
    remove(path) {
      bytes -= find(path).content?.length ?? 0
      entries.delete(path)
    },
    makeDirectory: (path) => add(path, null, 0o755),
    rename(from, to) {
      entries.set(to, find(from))
      entries.delete(from)
    },
    changeMode(path, mode) {
      find(path).mode = mode
    },
  }
}
