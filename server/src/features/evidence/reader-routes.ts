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
import { z } from 'zod'
import { clientBlockOf } from '../../domain/ip-address.js'
import type { App } from '../../platform/http/types.js'
import type { Archives } from './archives.js'
import type { EvidenceReader } from './reader-store.js'
import type { Vault } from './vault.js'

export interface ReaderRouteOptions {
  vault: Vault
  sightings: EvidenceReader['sightings']
  archives: Archives
}

const ByHash = z.object({ sha256: Sha256 })
const tags = ['evidence']
const config = { access: { role: 'analyst' } } as const
const adminConfig = { access: { role: 'admin' } } as const

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
        description:
          'Sessions for which it was sent, and events that name its hash. A page may have fewer than `limit`, or none, while `next_cursor` leads on.',
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

function registerArchive(app: App, { archives }: ReaderRouteOptions): void {
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
    async ({ params, login, ip }, reply) => {
      await archives.send(login?.user_id ?? clientBlockOf(ip), params.sha256, reply)
      return reply
    },
  )
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
