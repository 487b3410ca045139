import { PassThrough } from 'node:stream'
import {
  EVIDENCE_PASSWORD,
  EvidenceFile,
  EvidenceQuery,
  EvidenceSighting,
  NewLegalHold,
  pageOf,
  Sha256,
  SightingQuery,
} from '@eviltwin/contract'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { TooManyRequestsError } from '../../platform/errors.js'
import type { App } from '../../platform/http/types.js'
import type { Logger } from '../../platform/logger.js'
import { writeArchive } from './archive.js'
import type { EvidenceReader } from './reader-store.js'
import type { Vault } from './vault.js'

export interface ReaderRouteOptions {
  vault: Vault
  sightings: EvidenceReader['sightings']
  log: Logger
}

const ByHash = z.object({ sha256: Sha256 })
const tags = ['evidence']
const config = { access: { role: 'analyst' } } as const
const adminConfig = { access: { role: 'admin' } } as const
const MAX_ARCHIVES = 2
/** Who does not take a file by then has left. */
const ARCHIVE_MS = 300_000

/** Files for people: listed, held, deleted, and handed out in an archive. */
export async function readerRoutes(app: App, options: ReaderRouteOptions): Promise<void> {
  registerLists(app, options)
  registerArchive(app, options)
  registerChanges(app, options)
}

function registerLists(app: App, { vault, sightings }: ReaderRouteOptions): void {
  app.get(
    '/evidence/files',
    {
      config,
      schema: {
        summary: 'Files that attackers brought, newest first',
        tags,
        querystring: EvidenceQuery,
        response: { 200: pageOf(EvidenceFile) },
      },
    },
    async ({ query }) => vault.list(query),
  )
  app.get(
    '/evidence/files/:sha256',
    {
      config,
      schema: { summary: 'What is known of a file', tags, params: ByHash, response: { 200: EvidenceFile } },
    },
    async ({ params }) => vault.find(params.sha256),
  )
  app.get(
    '/evidence/files/:sha256/sightings',
    {
      config,
      schema: {
        summary: 'Where a file was seen, newest first',
        tags,
        params: ByHash,
        querystring: SightingQuery,
        response: { 200: pageOf(EvidenceSighting) },
      },
    },
    async ({ params, query }) => {
      const { sha256 } = await vault.find(params.sha256)
      return sightings(Buffer.from(sha256, 'hex'), query.limit, query.cursor)
    },
  )
}

function registerArchive(app: App, { vault, log }: ReaderRouteOptions): void {
  let open = 0
  app.get(
    '/evidence/files/:sha256/zip',
    {
      config: { ...config, audit: { action: 'evidence.download' } },
      schema: {
        summary: `A file in a zip archive whose password is ${EVIDENCE_PASSWORD}`,
        description: 'It may be malware: unpack it where that does no harm.',
        tags,
        params: ByHash,
        produces: ['application/zip'],
        response: { 200: z.string() },
      },
    },
    async ({ params }, reply) => {
      if (open >= MAX_ARCHIVES)
        throw new TooManyRequestsError('other files are being handed out; try again', 2)
      open += 1
      try {
        await sendArchive(vault, params.sha256, reply, log)
        return reply
      } finally {
        open -= 1
      }
    },
  )
}

/** Resolves once it was sent, or its reader has left. */
async function sendArchive(
  vault: Pick<Vault, 'open'>,
  sha256: string,
  reply: FastifyReply,
  log: Logger,
): Promise<void> {
  const content = await vault.open(sha256)
  const archive = new PassThrough()
  const deadline = setTimeout(() => archive.destroy(), ARCHIVE_MS)
  const written = writeArchive(content, sha256, archive).catch((error: unknown) => {
    archive.destroy(error as Error)
    log.warning('File not handed out', { sha256, cause: (error as Error).message })
  })
  archive.once('close', () => content.destroy())
  reply
    .headers({
      'content-type': 'application/zip',
      'content-disposition': `attachment; filename="${sha256}.zip"`,
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
    })
    .send(archive)
  await written
  clearTimeout(deadline)
}

function registerChanges(app: App, { vault }: ReaderRouteOptions): void {
  const before = (request: { params: unknown }) => vault.find((request.params as { sha256: string }).sha256)
  app.put(
    '/evidence/files/:sha256/hold',
    {
      config: { ...adminConfig, audit: { action: 'evidence.hold', before } },
      schema: {
        summary: 'Set a legal hold',
        description: 'The file outlives the retention and cannot be deleted until the hold ends.',
        tags,
        params: ByHash,
        body: NewLegalHold,
        response: { 200: EvidenceFile },
      },
    },
    async ({ params, body, login }) =>
      vault.hold(params.sha256, { reason: body.reason, set_by: login?.username ?? '' }),
  )
  app.delete(
    '/evidence/files/:sha256/hold',
    {
      config: { ...adminConfig, audit: { action: 'evidence.end_hold', before } },
      schema: { summary: 'End a legal hold', tags, params: ByHash, response: { 200: EvidenceFile } },
    },
    async ({ params }) => vault.hold(params.sha256, null),
  )
  app.delete(
    '/evidence/files/:sha256',
    {
      config: { ...adminConfig, audit: { action: 'evidence.delete', before } },
      schema: {
        summary: 'Delete a file',
        description: 'Its events stay. The same file may be sent again.',
        tags,
        params: ByHash,
        response: { 204: z.null() },
      },
    },
    async ({ params }, reply) => {
      await vault.remove(params.sha256)
      return reply.code(204).send(null)
    },
  )
}
