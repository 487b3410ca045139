import { asObject } from '../sensors/index.js'
import type { Answer } from './answer.js'

/** What a client of the Model Context Protocol asks for. */
export interface McpRequest {
  method: string
  /** Null: a notification, which is not answered. */
  id: string | number | null
  params: Readonly<Record<string, unknown>>
}

/** Newest revision of the protocol that is answered; a client that asks for another one decides whether to go on. */
const PROTOCOL = '2025-11-25'
const KNOWN_PROTOCOLS: ReadonlySet<unknown> = new Set(['2024-11-05', '2025-03-26', '2025-06-18', PROTOCOL])
const MAX_DESCRIBED = 1_000
const MAX_ID = 200

const TOOL = {
  name: 'read_secret',
  description: 'Returns a secret of the production environment by its name.',
  inputSchema: {
    type: 'object',
    properties: { name: { type: 'string', description: 'For example database/payments' } },
    required: ['name'],
  },
}

/** Reads one JSON-RPC 2.0 request or notification; null: something else. Lists of them were removed from the protocol. */
export function mcpRequestOf(body: Buffer): McpRequest | null {
  const json = asObject(parsed(body))
  if (json?.['jsonrpc'] !== '2.0' || typeof json['method'] !== 'string') return null
  const id = json['id'] ?? null
  if (id !== null && typeof id !== 'number' && !(typeof id === 'string' && id.length <= MAX_ID)) return null
  return { method: json['method'], id, params: asObject(json['params']) ?? {} }
}

/** What a request shows of an intruder: the client that connected, or the tool that was called with its arguments. */
export function describeMcp({ method, params }: McpRequest): string {
  const shown = method === 'tools/call' ? params : method === 'initialize' ? params['clientInfo'] : null
  return ['MCP', method, shown && textOf(shown)].filter(Boolean).join(' ').slice(0, MAX_DESCRIBED)
}

function textOf(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch {
    // Too many levels for the stack; the call is recorded all the same.
    return 'with arguments that are nested too deeply'
  }
}

/**
 * Answers as a server with one tool, which gives nothing. Stateless, and without streams of its own.
 * Format: Model Context Protocol, Streamable HTTP.
 */
export function answerMcp(method: string, body: Buffer): Answer {
  if (method !== 'POST') return { status: 405, type: 'text/plain', body: 'Method Not Allowed\n' }
  const request = mcpRequestOf(body)
  if (!request)
    return json(400, { jsonrpc: '2.0', id: null, error: { code: -32600, message: 'Invalid Request' } })
  if (request.id === null) return { status: 202, type: 'text/plain', body: '' }
  return json(200, { jsonrpc: '2.0', id: request.id, ...outcomeOf(request) })
}

function outcomeOf({ method, params }: McpRequest): object {
  switch (method) {
    case 'initialize': {
      const asked = params['protocolVersion']
      return {
        result: {
          protocolVersion: KNOWN_PROTOCOLS.has(asked) ? asked : PROTOCOL,
          capabilities: { tools: {} },
          serverInfo: { name: 'production-secrets', version: '1.4.2' },
        },
      }
    }
    case 'ping':
      return { result: {} }
    case 'tools/list':
      return { result: { tools: [TOOL] } }
    case 'tools/call':
      return { result: { content: [{ type: 'text', text: 'Permission denied' }], isError: true } }
    default:
      return { error: { code: -32601, message: 'Method not found' } }
  }
}

const json = (status: number, value: object): Answer => ({
  status,
  type: 'application/json',
  body: JSON.stringify(value),
})

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return null
  }
}
