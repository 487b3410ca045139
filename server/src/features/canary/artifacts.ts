import { createHash } from 'node:crypto'
import type { CanaryArtifact, CanaryKind } from '@eviltwin/contract'

/** What somebody needs to lay a token out: a file, if it is one, and what to do with it. */
export interface Bait {
  artifact: CanaryArtifact | null
  instructions: string
}

/** @param secret gives a file its believable, always the same, details. */
export function baitOf(kind: CanaryKind, url: string, secret: string): Bait {
  switch (kind) {
    case 'web_bug':
      return {
        artifact: null,
        instructions: `Embed the invisible image where only an intruder looks: <img src="${url}" width="1" height="1" alt="">`,
      }
    case 'link':
      return {
        artifact: null,
        instructions:
          'Leave the URL where only an intruder finds it: a bookmark, a wiki page, a note. Whoever opens it is seen.',
      }
    case 'aws_keys':
      return { artifact: awsCredentials(url, secret), instructions: AWS_INSTRUCTIONS }
    case 'document':
      return { artifact: decoyDocument(url), instructions: DOCUMENT_INSTRUCTIONS }
    case 'login_form':
      return {
        artifact: null,
        instructions:
          'Link to the page as if it were an internal login. Opening it is seen, and so is every name that is tried; no login ever succeeds.',
      }
    case 'canarytokens':
      return {
        artifact: null,
        instructions: 'On Canarytokens, enter the URL as the webhook of the token ("webhook URL to notify").',
      }
    case 'opencanary':
      return {
        artifact: {
          filename: 'opencanary-webhook.json',
          media_type: 'application/json',
          content: `${JSON.stringify(openCanaryHandler(url), null, 2)}\n`,
        },
        instructions:
          "Merge the file into opencanary.conf; it goes to logger.kwargs.handlers. Every line of OpenCanary's log is then a canary.",
      }
  }
}

const AWS_INSTRUCTIONS =
  'Leave the file where an intruder looks for it (~/.aws/credentials of a decoy host, a repository, a share). Tools that read the profile send their requests to its endpoint_url, and so to EvilTwin, with the access key they used.'

const DOCUMENT_INSTRUCTIONS =
  'Leave the file on a share. Word and LibreOffice load its remote image when somebody opens it; the same goes for a browser.'

/** An AWS profile whose endpoint is ours (AWS SDKs reference guide, "Service-specific endpoints": `endpoint_url`). */
function awsCredentials(url: string, secret: string): CanaryArtifact {
  const digest = createHash('sha512').update(`aws ${secret}`).digest()
  // Key ids are base 32 behind a prefix that names their type; this prefix is that of long-term keys.
  const keyId = `AKIA${base32(digest.subarray(0, 10)).slice(0, 16)}`
  const secretKey = digest.subarray(10, 40).toString('base64')
  return {
    filename: 'credentials',
    media_type: 'text/plain',
    content: [
      '[default]',
      `aws_access_key_id = ${keyId}`,
      `aws_secret_access_key = ${secretKey}`,
      'region = eu-central-1',
      `endpoint_url = ${url}`,
      '',
    ].join('\n'),
  }
}

/** RFC 4648 alphabet. */
function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return (bits.match(/.{5}/g) ?? [])
    .map((five) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(five, 2)])
    .join('')
}

/** HTML under Word's name: Word and LibreOffice open it as a document and load what it refers to. */
function decoyDocument(url: string): CanaryArtifact {
  return {
    filename: 'passwords-2026.doc',
    media_type: 'application/msword',
    content: [
      '<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word">',
      '<head><meta charset="utf-8"><title>Passwords</title></head>',
      '<body><h1>Service accounts</h1><p>This document is protected. Ask the service desk for access.</p>',
      `<img src="${url}" width="1" height="1" alt=""></body></html>`,
      '',
    ].join('\n'),
  }
}

function openCanaryHandler(url: string): object {
  return {
    logger: {
      class: 'PyLogger',
      kwargs: {
        handlers: {
          Webhook: {
            class: 'opencanary.logger.WebhookHandler',
            url,
            method: 'POST',
            // Without it, OpenCanary sends a form; with it, JSON.
            headers: { 'Content-Type': 'application/json' },
            data: { message: '%(message)s' },
            status_code: 200,
          },
        },
      },
    },
  }
}
