import { Transform } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { Publish } from '../../domain/platform-event.js'
import { TooManyRequestsError } from '../../platform/errors.js'
import type { Logger } from '../../platform/logger.js'
import { writeArchive } from './archive.js'
import type { Vault } from './vault.js'

export interface ArchiveLimits {
  /** Archives that are sent at the same time, by this process. */
  total: number
  perUser: number
  /** Longest time in which a reader takes nothing, in milliseconds. */
  idleMs: number
  /** Longest time of a whole archive, in milliseconds. */
  wholeMs: number
}

export interface ArchivesOptions {
  open: Vault['open']
  limits: ArchiveLimits
  publish: Publish
  log: Logger
}

/** Hands files out in archives. */
export interface Archives {
  /**
   * Sends one. Resolves once it was taken, or its reader has left or stalled. @param user whose share it counts to.
   * @throws {TooManyRequestsError} beyond the limits. @throws what opens the file throws.
   */
  send(user: string, sha256: string, reply: FastifyReply): Promise<void>
  /** How many are being sent. */
  count(): number
}

const RETRY_SECONDS = 5

export function createArchives({ open, limits, publish, log }: ArchivesOptions): Archives {
  const ofUser = new Map<string, number>()
  let all = 0

  function begin(user: string): void {
    const own = ofUser.get(user) ?? 0
    const problem =
      own >= limits.perUser
        ? `you download ${own} files already; wait until one of them is there`
        : all >= limits.total && `${all} files are being downloaded by others; try again`
    if (problem) {
      publish({ kind: 'evidence_downloaded', outcome: 'refused' })
      throw new TooManyRequestsError(problem, RETRY_SECONDS)
    }
    all += 1
    ofUser.set(user, own + 1)
  }

  function end(user: string): void {
    all -= 1
    const left = (ofUser.get(user) ?? 1) - 1
    if (left === 0) ofUser.delete(user)
    else ofUser.set(user, left)
  }

  return {
    async send(user, sha256, reply) {
      begin(user)
      try {
        const problem = await sendArchive(sha256, reply, { open, limits })
        publish({ kind: 'evidence_downloaded', outcome: problem === null ? 'sent' : 'broken_off' })
        if (problem !== null) log.warning('File not handed out', { sha256, cause: problem.message })
      } finally {
        end(user)
      }
    },
    count: () => all,
  }
}

/** Resolves once nothing more is sent. @returns why not all of it was. */
async function sendArchive(
  sha256: string,
  reply: FastifyReply,
  { open, limits }: Pick<ArchivesOptions, 'open' | 'limits'>,
): Promise<Error | null> {
  const content = await open(sha256)
  let problem: Error | null = null
  const fail = (error: Error) => {
    problem ??= error
    archive.destroy(error)
  }
  const stalled = setTimeout(
    () => fail(new Error(`its reader took nothing for ${limits.idleMs / 1000} s`)),
    limits.idleMs,
  )
  const late = setTimeout(
    () => fail(new Error(`it took longer than ${limits.wholeMs / 1000} s`)),
    limits.wholeMs,
  )
  const archive = new Transform({
    // Called once there is room again: its reader has taken something.
    transform(part: Buffer, _encoding, done) {
      stalled.refresh()
      done(null, part)
    },
  })
  const closed = new Promise<void>((resolve) => archive.once('close', resolve))
  archive.on('error', () => {})
  archive.once('close', () => {
    if (!archive.readableEnded) problem ??= new Error('its reader has left')
    content.destroy()
  })
  reply
    .headers({
      'content-type': 'application/zip',
      'content-disposition': `attachment; filename="${sha256}.zip"`,
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
    })
    .send(archive)
  await writeArchive(content, sha256, archive).catch(fail)
  await closed
  clearTimeout(stalled)
  clearTimeout(late)
  return problem
}
