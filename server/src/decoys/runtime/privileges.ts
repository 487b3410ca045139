import { access, chown, constants, mkdir, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** A decoy may not run as it was started; the message says why, and what to do. */
export class PrivilegesError extends Error {
  override name = 'PrivilegesError'
}

export interface SystemUser {
  name: string
  uid: number
  gid: number
}

export interface PrivilegeOptions {
  /** Whom to become; unset: nobody else. */
  user?: string | undefined
  allowRoot: boolean
}

/**
 * Whom this process becomes once its port is open; null: it stays who it is.
 * @throws {PrivilegesError} where it would serve attackers as root.
 */
export async function userToBecome({ user, allowRoot }: PrivilegeOptions): Promise<SystemUser | null> {
  const isRoot = process.getuid?.() === 0
  if (user !== undefined) {
    const found = await findUser(user)
    if (!found) throw new PrivilegesError(`there is no user ${user} on this system`)
    if (found.uid === 0) throw new PrivilegesError('--user must name a user other than root')
    if (found.uid === process.getuid?.()) return null
    if (!isRoot)
      throw new PrivilegesError(`only root can become ${user}: start the decoy as ${user}, without --user`)
    return found
  }
  if (!isRoot || allowRoot) return null
  throw new PrivilegesError(
    'a decoy does not run as root: a mistake in it would give an attacker the whole host. Start it as another user, or with --user nobody, which opens the port first; --allow-root does it nevertheless',
  )
}

/** Makes directories of a decoy; they, and the files in them, belong to `owner` then. */
export async function prepareState(directories: readonly string[], owner: SystemUser | null): Promise<void> {
  for (const directory of directories) {
    // The owner has to pass through what is above.
    if (owner) await mkdir(dirname(directory), { recursive: true, mode: 0o711 })
    await mkdir(directory, { recursive: true, mode: 0o700 })
    if (owner) await give(directory, owner)
  }
}

/** @throws {PrivilegesError} where this process cannot write to its state. */
export async function assertState(directory: string): Promise<void> {
  await access(directory, constants.R_OK | constants.W_OK | constants.X_OK).catch((error: Error) => {
    throw new PrivilegesError(
      `the state of the decoy cannot be used: ${error.message}; name a directory with --state that its user may pass through and write to`,
    )
  })
}

/** Links are left alone, and whatever is gone meanwhile: several decoys share a directory. */
async function give(directory: string, { uid, gid }: SystemUser): Promise<void> {
  await chown(directory, uid, gid)
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue
    await chown(join(entry.parentPath, entry.name), uid, gid).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
    })
  }
}

/** This process is `user` from now on, and cannot go back. */
export function become(user: SystemUser): void {
  process.setgroups?.([user.gid])
  process.setgid?.(user.gid)
  process.setuid?.(user.uid)
}

async function findUser(name: string): Promise<SystemUser | null> {
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '')
  const entry = passwd
    .split('\n')
    .map((line) => line.split(':'))
    .find(([user]) => user === name)
  return entry ? { name, uid: Number(entry[2]), gid: Number(entry[3]) } : null
}
