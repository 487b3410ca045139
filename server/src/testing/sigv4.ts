import { createHash, createHmac } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** A request as it arrived: path and query are not decoded. */
export interface SignedRequest {
  method: string
  url: string
  headers: IncomingHttpHeaders
}

export interface SigningKey {
  accessKeyId: string
  secretAccessKey: string
  region: string
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/,]+)\/(\d{8})\/([^/,]+)\/s3\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/
/** Clocks that differ more are refused. */
const MAX_SKEW_MS = 900_000

/**
 * Checks the signature of a request to S3, as AWS documents it and without the library that makes it
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html).
 * @param now milliseconds since the epoch. @returns the code of what is wrong with it; null: nothing.
 */
export function signatureProblem(request: SignedRequest, key: SigningKey, now: number): string | null {
  const { authorization = '', 'x-amz-date': time, 'x-amz-content-sha256': contentHash } = request.headers
  const match = AUTHORIZATION.exec(authorization)
  if (!match || typeof time !== 'string' || typeof contentHash !== 'string') return 'AccessDenied'
  const [, accessKeyId, date = '', region, names = '', signature] = match
  if (accessKeyId !== key.accessKeyId) return 'InvalidAccessKeyId'
  if (region !== key.region || !time.startsWith(date)) return 'AuthorizationHeaderMalformed'
  if (Math.abs(now - timeOf(time)) > MAX_SKEW_MS) return 'RequestTimeTooSkewed'
  const signed = names.split(';')
  const needed = ['host', ...Object.keys(request.headers).filter((name) => name.startsWith('x-amz-'))]
  if (needed.some((name) => !signed.includes(name))) return 'AccessDenied'
  const scope = `${date}/${region}/s3/aws4_request`
  const text = ['AWS4-HMAC-SHA256', time, scope, sha256(canonicalRequest(request, signed, contentHash))].join(
    '\n',
  )
  const signingKey = ['s3', 'aws4_request'].reduce(
    hmac,
    hmac(hmac(Buffer.from(`AWS4${key.secretAccessKey}`), date), key.region),
  )
  return hmac(signingKey, text).toString('hex') === signature ? null : 'SignatureDoesNotMatch'
}

function canonicalRequest(
  { method, url, headers }: SignedRequest,
  signed: string[],
  contentHash: string,
): string {
  const [path = '', query = ''] = url.split('?', 2)
  const parameters = query
    .split('&')
    .filter(Boolean)
    .map((part) => {
      const [name = '', value = ''] = part.split('=', 2)
      return `${encoded(name)}=${encoded(value)}`
    })
    .sort()
  const lines = signed.map(
    (name) =>
      `${name}:${String(headers[name] ?? '')
        .trim()
        .replaceAll(/ +/g, ' ')}\n`,
  )
  return [method, path, parameters.join('&'), lines.join(''), signed.join(';'), contentHash].join('\n')
}

/** `UriEncode` of the documentation, of what is encoded already in one way or another. */
function encoded(text: string): string {
  return encodeURIComponent(decodeURIComponent(text.replaceAll('+', ' '))).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** @param time such as 20130524T000000Z. */
function timeOf(time: string): number {
  return Date.parse(time.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, '$1-$2-$3:$4:$5'))
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const hmac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest()
