import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import {
  access,
  chmod,
  chown,
  cp,
  lstat,
  mkdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { PostgresBinaries } from './binaries.js'
import { EmbeddedPostgresError } from './error.js'

/** Where the embedded PostgreSQL lives and as whom it runs. */
export interface Placement {
  binaries: PostgresBinaries
  /** PostgreSQL's own data directory. */
  cluster: string
  /** Holds the unix socket. */
  socketDir: string
  logFile: string
  /** The unprivileged user to run as; undefined: as ourselves. */
  runAs?: SystemUser
}

export interface SystemUser {
  uid: number
  gid: number
  name: string
}

/** sun_path is 108 bytes on Linux and 104 elsewhere, the final NUL and PostgreSQL's `/.s.PGSQL.5432` included. */
const MAX_SOCKET_DIR_BYTES = 103 - '/.s.PGSQL.5432.lock'.length
/** Used by root when the unprivileged user cannot reach the data directory or the program, as under /root. */
const SHARED_STATE_DIR = '/var/lib/eviltwin'

/**
 * Decides where everything goes and creates the directories. PostgreSQL refuses to run as root, so root hands it to an
 * unprivileged user, who must be able to reach its files: what lies under a private directory moves to /var/lib/eviltwin.
 * @throws {EmbeddedPostgresError} when there is no unprivileged user or a directory is not ours.
 */
export async function preparePlacement(dataDir: string, packaged: PostgresBinaries): Promise<Placement> {
  const runAs = process.getuid?.() === 0 ? await unprivilegedUser() : undefined
  const instance = await instanceOf(dataDir)
  let home = join(dataDir, 'postgres')
  let binaries = packaged
  if (runAs) {
    // The data directory itself is ours to open; the directories above it are not.
    await chmod(dataDir, ((await stat(dataDir)).mode & 0o777) | 0o011)
    if (!(await canReach(dirname(home), runAs))) {
      await openSharedStateDir()
      home = join(SHARED_STATE_DIR, instance)
    }
    if (!(await canReach(join(packaged.root, 'bin', 'postgres'), runAs)))
      binaries = await copyBinaries(packaged)
  }
  await ownDirectory(home, runAs)
  const inHome = join(home, 'run')
  const socketDir =
    Buffer.byteLength(inHome) <= MAX_SOCKET_DIR_BYTES ? inHome : join(tmpdir(), `eviltwin-${instance}`)
  await ownDirectory(socketDir, runAs)
  return {
    binaries,
    cluster: join(home, 'cluster'),
    socketDir,
    logFile: join(home, 'postgresql.log'),
    ...(runAs && { runAs }),
  }
}

/**
 * A name for whatever has to live outside the data directory. It is kept inside, so that a data directory that was
 * removed and made anew does not find the remains of the old one.
 */
async function instanceOf(dataDir: string): Promise<string> {
  const file = join(dataDir, 'instance')
  await writeFile(file, `${randomBytes(6).toString('hex')}\n`, { flag: 'wx' }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    },
  )
  return (await readFile(file, 'utf8')).trim()
}

/** `postgres` where the system has it, else `nobody`; PostgreSQL insists on a user that has a name. */
async function unprivilegedUser(): Promise<SystemUser> {
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '')
  const users = passwd.split('\n').map((line) => line.split(':'))
  for (const name of ['postgres', 'nobody']) {
    const entry = users.find(([user]) => user === name)
    if (entry) return { name, uid: Number(entry[2]), gid: Number(entry[3]) }
  }
  throw new EmbeddedPostgresError(
    'PostgreSQL does not run as root and there is no user `postgres` or `nobody` to run it as; start EvilTwin as another user, or set DATABASE_URL',
  )
}

/** Whether `user` may pass through every directory above `path` and read (a directory: enter) it. */
async function canReach(path: string, user: SystemUser): Promise<boolean> {
  for (let at = path; ; at = dirname(at)) {
    const { mode, uid, gid } = await stat(at)
    const shift = uid === user.uid ? 6 : gid === user.gid ? 3 : 0
    if (((mode >> shift) & 0o1) === 0) return false
    if (at === dirname(at)) return true
  }
}

async function copyBinaries(packaged: PostgresBinaries): Promise<PostgresBinaries> {
  const root = join(SHARED_STATE_DIR, `postgresql-${packaged.version}`)
  const complete = await access(join(root, 'bin', 'postgres'), constants.X_OK).then(
    () => true,
    () => false,
  )
  if (!complete) {
    const partial = `${root}.${process.pid}`
    await openSharedStateDir()
    await cp(packaged.root, partial, { recursive: true, verbatimSymlinks: true })
    await rm(root, { recursive: true, force: true })
    await rename(partial, root)
  }
  return { root, version: packaged.version }
}

/** Anybody may pass through it; what is in it belongs to the unprivileged user alone. */
async function openSharedStateDir(): Promise<void> {
  await mkdir(SHARED_STATE_DIR, { recursive: true })
  await chmod(SHARED_STATE_DIR, 0o755)
}

/** Creates a directory that only its owner may enter, and refuses one that somebody else put there first. */
async function ownDirectory(path: string, owner: SystemUser | undefined): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  const found = await lstat(path)
  const expected = [process.getuid?.(), owner?.uid]
  if (!found.isDirectory() || (process.getuid && !expected.includes(found.uid))) {
    throw new EmbeddedPostgresError(
      `${path} exists and belongs to somebody else; remove it or choose another DATA_DIR`,
    )
  }
  if (owner) await chown(path, owner.uid, owner.gid)
  if (process.platform !== 'win32') await chmod(path, 0o700)
}
