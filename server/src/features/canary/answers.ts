import type { CanaryKind } from '@eviltwin/contract'
import type { Answer } from './answer.js'
import { answerKubernetes } from './kubernetes.js'
import { answerMcp } from './mcp.js'

/** The smallest transparent GIF (GIF89a specification). */
const PIXEL = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64')

/** Also for tokens that never were. */
export const NOTHING_HERE: Answer = { status: 404, type: 'text/plain', body: 'Not Found\n' }

/** What a visitor sent. */
export interface VisitorRequest {
  method: string
  /** Behind the URL of the token. */
  path: string
  body: Buffer
}

export function answerOf(kind: CanaryKind, { method, path, body }: VisitorRequest): Answer {
  switch (kind) {
    case 'web_bug':
    case 'document':
    case 'docx':
      return { status: 200, type: 'image/gif', body: PIXEL }
    case 'aws_keys':
      return { status: 403, type: 'text/xml', body: ACCESS_DENIED }
    case 'login_form':
      return { status: 200, type: 'text/html; charset=utf-8', body: loginPage(method === 'POST') }
    case 'kubeconfig':
      return answerKubernetes(method, path)
    case 'env_file':
      return { status: 401, type: 'application/json', body: '{"error":"unauthorized"}\n' }
    case 'git_repository':
    case 'robots_txt':
      return { status: 403, type: 'text/plain', body: 'Forbidden\n' }
    case 'mcp_server':
      return answerMcp(method, body)
    default:
      return { status: 200, type: 'text/html; charset=utf-8', body: MOVED }
  }
}

const MOVED =
  '<!doctype html><html lang="en"><meta charset="utf-8"><title>Moved</title><p>This page has moved. Please update your bookmark.</p></html>\n'

const ACCESS_DENIED =
  '<?xml version="1.0" encoding="UTF-8"?>\n<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User is not authorized to perform this operation</Message></Error></ErrorResponse>\n'

function loginPage(tried: boolean): string {
  return [
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="robots" content="noindex"><title>Sign in</title>',
    '<h1>Sign in</h1>',
    tried ? '<p role="alert">The user name or password is incorrect.</p>' : '',
    '<form method="post"><p><label>User name <input name="username" autocomplete="username"></label></p>',
    '<p><label>Password <input name="password" type="password" autocomplete="current-password"></label></p>',
    '<p><button>Sign in</button></p></form></html>\n',
  ].join('')
}
