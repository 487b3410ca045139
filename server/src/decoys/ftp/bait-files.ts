import type { BaitSecrets } from '../bait/bait-secrets.js'
import type { DecoyIdentity } from '../decoy.js'

/** A file that is shown; nothing that is stored is ever shown. */
export interface BaitFile {
  name: string
  content: Buffer
  isFolder: boolean
  /** Milliseconds since 1970. */
  modified: number
}

/** Folders and files, by the path of their folder. */
export interface BaitFiles {
  /** @returns null where there is no such folder. */
  list(folder: string): readonly BaitFile[] | null
  /** @returns null where there is no such file. */
  read(path: string): BaitFile | null
}

const DAY_MS = 86_400_000
const FOLDERS = ['backup', 'www', 'scans', 'exchange', 'invoices', 'firmware', 'public', 'archive'] as const

/** @param now milliseconds since 1970. */
export function baitFilesOf(identity: DecoyIdentity, bait: BaitSecrets, now: number): BaitFiles {
  const days = identity.derive('ftp days', 8)
  const at = (index: number) => now - (2 + (days[index] ?? 0)) * DAY_MS
  const file = (name: string, index: number, text: string): BaitFile => ({
    name,
    content: Buffer.from(text),
    isFolder: false,
    modified: at(index),
  })
  const backup = identity.choose('ftp folder', FOLDERS)
  const folder: BaitFile = { name: backup, content: Buffer.alloc(4_096), isFolder: true, modified: at(0) }
  const dump = `-- MySQL dump 10.13  Distrib 8.0.36, for Linux (x86_64)\n-- Host: localhost    Database: ${bait.databaseUser}\n\nCREATE USER '${bait.databaseUser}'@'%' IDENTIFIED BY '${bait.databasePassword}';\nDROP TABLE IF EXISTS \`users\`;\nCREATE TABLE \`users\` (\`id\` int NOT NULL, \`login\` varchar(60), \`pass\` varchar(255));\nINSERT INTO \`users\` VALUES (1,'admin','${bait.adminPassword}');\n`
  const settings = `host=${identity.hostName}\nsmtp_user=notify\nsmtp_password=${bait.mailPassword}\ndb_user=${bait.databaseUser}\ndb_password=${bait.databasePassword}\n`
  const folders = new Map<string, BaitFile[]>([
    ['/', [folder, file('readme.txt', 1, `Files of ${identity.hostName}. Ask IT for an account.\n`)]],
    [`/${backup}`, [file(`${bait.databaseUser}.sql`, 2, dump), file('settings.ini', 3, settings)]],
  ])
  return {
    list: (path) => folders.get(path) ?? null,
    read(path) {
      const slash = path.lastIndexOf('/')
      const files = folders.get(slash <= 0 ? '/' : path.slice(0, slash))
      return files?.find(({ name, isFolder }) => !isFolder && name === path.slice(slash + 1)) ?? null
    },
  }
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const

/** A listing as `ls -l` writes it, which clients read. */
export function longListing(files: readonly BaitFile[]): string {
  return files
    .map(({ name, content, isFolder, modified }) => {
      const date = new Date(modified)
      const day = String(date.getUTCDate()).padStart(2)
      const time = date.toISOString().slice(11, 16)
      const size = String(content.length).padStart(8)
      return `${isFolder ? 'drwxr-xr-x' : '-rw-r--r--'}    1 1000     1000     ${size} ${MONTHS[date.getUTCMonth()]} ${day} ${time} ${name}\r\n`
    })
    .join('')
}

/** RFC 3659, section 7. */
export function machineListing(files: readonly BaitFile[]): string {
  return files
    .map(({ name, content, isFolder, modified }) => {
      const time = ftpTime(modified)
      return `type=${isFolder ? 'dir' : 'file'};size=${content.length};modify=${time}; ${name}\r\n`
    })
    .join('')
}

/** RFC 3659, section 2.3. */
export function ftpTime(modified: number): string {
  return new Date(modified).toISOString().replaceAll(/[-:T]|\..*$/g, '')
}
