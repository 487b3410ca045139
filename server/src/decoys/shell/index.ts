import type { DecoyIdentity, DecoySession } from '../decoy.js'

/** What is at a path of a decoy's file system. */
export interface DecoyFileStat {
  kind: 'file' | 'directory'
  /** Bytes. */
  size: number
  /** Permission bits. */
  mode: number
  /** Milliseconds since 1970. */
  modified: number
}

/** The files of one session, bounded in bytes and number. Paths are absolute. Each throws where the kernel would refuse. */
export interface DecoyFileSystem {
  write(path: string, content: Buffer): void
  read(path: string): Buffer
  list(path: string): Array<{ name: string; stat: DecoyFileStat }>
  stat(path: string): DecoyFileStat | null
  remove(path: string): void
  makeDirectory(path: string): void
}

export interface DecoyShellOptions {
  identity: DecoyIdentity
  session: DecoySession
  user: string
  hostName: string
  now: () => number
  /** An attacker fetches a file. */
  onFetch: (url: string) => void
}

export interface DecoyShell {
  prompt(): string
  run(line: string, stdin?: string): Promise<{ output: string; exitCode: number; ended: boolean }>
  files: DecoyFileSystem
}

const MAX_BYTES = 16 * 1024 * 1024
const MAX_FILES = 2_000

/** A very small shell: it knows `exit`, and says of every other command that it does not know it. */
export function createShell({ user, hostName, now }: DecoyShellOptions): DecoyShell {
  const home = user === 'root' ? '/root' : `/home/${user}`
  const files = new Map<string, { content: Buffer | null; modified: number }>(
    ['/', '/root', '/home', home, '/tmp', '/etc', '/var', '/var/tmp'].map((path) => [
      path,
      { content: null, modified: now() },
    ]),
  )
  let bytes = 0

  const statOf = (path: string): DecoyFileStat | null => {
    const entry = files.get(path)
    if (!entry) return null
    const kind = entry.content === null ? 'directory' : 'file'
    return {
      kind,
      size: entry.content?.length ?? 4_096,
      mode: kind === 'file' ? 0o644 : 0o755,
      modified: entry.modified,
    }
  }

  function add(path: string, content: Buffer | null): void {
    const before = files.get(path)?.content?.length ?? 0
    const after = bytes - before + (content?.length ?? 0)
    if (after > MAX_BYTES || files.size >= MAX_FILES) throw new Error('No space left on device')
    bytes = after
    files.set(path, { content, modified: now() })
  }

  return {
    prompt: () => `${user}@${hostName}:~${user === 'root' ? '#' : '$'} `,
    async run(line) {
      const [name = ''] = line.trim().split(/\s+/)
      if (name === '') return { output: '', exitCode: 0, ended: false }
      if (name === 'exit' || name === 'logout') return { output: '', exitCode: 0, ended: true }
      return { output: `-bash: ${name}: command not found\n`, exitCode: 127, ended: false }
    },
    files: {
      write: add,
      read(path) {
        const content = files.get(path)?.content
        if (!content) throw new Error('No such file or directory')
        return content
      },
      list(path) {
        const prefix = path === '/' ? '/' : `${path}/`
        return [...files.keys()]
          .filter(
            (each) => each !== '/' && each.startsWith(prefix) && !each.slice(prefix.length).includes('/'),
          )
          .map((each) => ({ name: each.slice(prefix.length), stat: statOf(each) as DecoyFileStat }))
      },
      stat: statOf,
      remove(path) {
        bytes -= files.get(path)?.content?.length ?? 0
        if (!files.delete(path)) throw new Error('No such file or directory')
      },
      makeDirectory: (path) => add(path, null),
    },
  }
}
