import { lstat, readdir, stat } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { CliError } from '../errors.js'

/** A file to follow, as it was found. */
export interface LogFile {
  path: string
  /** Device and inode: the same for a file that was renamed. */
  key: string
  dev: number
  ino: number
  /** Bytes. */
  size: number
  /** Milliseconds since 1970. */
  mtimeMs: number
  /** Whether a pattern names it itself; the others are what became of such files by rotation. */
  live: boolean
  gzip: boolean
}

export interface FoundLogs {
  /** Rotated ones first, oldest first, so that the lines of a log are read in their order. */
  files: LogFile[]
  /** Rotated logs whose compression is not known here. */
  unreadable: string[]
  /** Files that were left out because there are more than {@link MAX_FILES}: the oldest. */
  leftOut: number
}

export const MAX_FILES = 1000
/** What a program for rotation puts behind the name: `.1`, `-20261126`, `.2026-11-26`, `.old`. */
const ROTATED = String.raw`[._-](?:\d[\dT:._-]*|old)`
/** Before the extension only a date: `sensor-2.json` is the log of another sensor. */
const DATED = String.raw`[._-]\d{4}[-_.]?\d{2}[-_.]?\d{2}[\dT:._-]*`
const COMPRESSED = String.raw`(?:\.(?:gz|bz2|xz|zst|lz4))?`

/** @param patterns paths; `*` and `?` may be in the name of the file. @throws {CliError} for one in the name of a directory. */
export function checkPatterns(patterns: readonly string[]): void {
  const wrong = patterns.find((pattern) => /[*?]/.test(dirname(pattern)))
  if (wrong !== undefined)
    throw new CliError(`${wrong}: * and ? may be in the name of a file only; name each directory`, 2)
}

/**
 * The files that patterns name, and what rotation made of them. What is not there (yet) is left out, and so is a symbolic link that no pattern
 * names itself: whoever may write into the directory could send any file that this process may read.
 */
export async function findLogs(patterns: readonly string[]): Promise<FoundLogs> {
  const found = new Map<string, LogFile>()
  const unreadable: string[] = []
  for (const pattern of patterns) {
    const directory = dirname(resolve(pattern))
    const names = await readdir(directory).catch(() => [])
    const { live, rotated } = select(names, basename(pattern))
    for (const name of [...live, ...rotated]) {
      const path = join(directory, name)
      if (/\.(?:bz2|xz|zst|lz4)$/.test(name)) unreadable.push(path)
      else await add(path, { live: live.has(name), isNamed: name === basename(pattern) })
    }
  }
  const files = [...found.values()].sort(inOrder)
  return {
    files: files.slice(-MAX_FILES),
    unreadable,
    leftOut: Math.max(0, files.length - MAX_FILES),
  }

  async function add(path: string, { live, isNamed }: { live: boolean; isNamed: boolean }): Promise<void> {
    const stats = await (isNamed ? stat : lstat)(path).catch(() => null)
    if (!stats?.isFile()) return
    const { dev, ino, size, mtimeMs } = stats
    const key = `${dev}:${ino}`
    if (found.get(key)?.live) return
    found.set(key, { path, key, dev, ino, size, mtimeMs, live, gzip: path.endsWith('.gz') })
  }
}

function inOrder(one: LogFile, other: LogFile): number {
  if (one.live !== other.live) return one.live ? 1 : -1
  return one.live ? 0 : one.mtimeMs - other.mtimeMs
}

/** Which names of a directory a pattern means, and which are rotated ones of those. */
function select(names: readonly string[], pattern: string): { live: Set<string>; rotated: string[] } {
  const matched = names.filter(matcherOf(pattern))
  // A name without * is meant also before its file is there: its rotated ones may be.
  const bases = /[*?]/.test(pattern) ? matched : [pattern]
  const rotations = bases.map((base) => ({ base, is: rotationOf(base) }))
  const rotated = names.filter((name) => rotations.some(({ base, is }) => base !== name && is.test(name)))
  const isRotated = new Set(rotated)
  return { live: new Set(matched.filter((name) => !isRotated.has(name))), rotated }
}

function matcherOf(pattern: string): (name: string) => boolean {
  if (!/[*?]/.test(pattern)) return (name) => name === pattern
  const source = pattern
    .split(/([*?])/)
    .map((part) => (part === '*' ? '.*' : part === '?' ? '.' : escaped(part)))
  const whole = new RegExp(`^${source.join('')}$`, 's')
  return (name) => whole.test(name) && (pattern.startsWith('.') || !name.startsWith('.'))
}

function rotationOf(base: string): RegExp {
  const extension = extname(base)
  const stem = base.slice(0, base.length - extension.length)
  return new RegExp(
    `^(?:${escaped(base)}${ROTATED}|${escaped(stem)}${DATED}${escaped(extension)})${COMPRESSED}$`,
  )
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|-]/g, '\\$&')
}
