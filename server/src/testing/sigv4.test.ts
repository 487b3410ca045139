import { expect, test } from 'vitest'
import { type SignedRequest, signatureProblem } from './sigv4.js'

/** The examples of https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html */
const KEY = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  region: 'us-east-1',
}
const NOW = Date.UTC(2013, 4, 24)
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

function example(
  url: string,
  signedHeaders: string,
  signature: string,
  headers: Record<string, string> = {},
  method = 'GET',
): SignedRequest {
  return {
    method,
    url,
    headers: {
      host: 'examplebucket.s3.amazonaws.com',
      'x-amz-content-sha256': EMPTY,
      'x-amz-date': '20130524T000000Z',
      authorization: `AWS4-HMAC-SHA256 Credential=${KEY.accessKeyId}/20130524/us-east-1/s3/aws4_request,SignedHeaders=${signedHeaders},Signature=${signature}`,
      ...headers,
    },
  }
}
const PLAIN = 'host;x-amz-content-sha256;x-amz-date'
const GET_OBJECT = example(
  '/test.txt',
  'host;range;x-amz-content-sha256;x-amz-date',
  'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  { range: 'bytes=0-9' },
)
const LIST = example(
  '/?max-keys=2&prefix=J',
  PLAIN,
  '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
)

test('the examples of AWS are signed as AWS says', () => {
  const put = example(
    '/test%24file.text',
    'date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class',
    '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    {
      date: 'Fri, 24 May 2013 00:00:00 GMT',
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
      'x-amz-content-sha256': '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
    },
    'PUT',
  )
  const lifecycle = example(
    '/?lifecycle',
    PLAIN,
    'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
  )
  expect([GET_OBJECT, put, lifecycle, LIST].map((request) => signatureProblem(request, KEY, NOW))).toEqual([
    null,
    null,
    null,
    null,
  ])
})

test('what was changed on its way, is old, or is of another key, region or header, is refused', () => {
  const { headers } = LIST
  expect(signatureProblem({ ...LIST, url: '/?max-keys=3&prefix=J' }, KEY, NOW)).toBe('SignatureDoesNotMatch')
  expect(signatureProblem({ ...LIST, method: 'PUT' }, KEY, NOW)).toBe('SignatureDoesNotMatch')
  expect(signatureProblem(LIST, { ...KEY, secretAccessKey: 'another' }, NOW)).toBe('SignatureDoesNotMatch')
  expect(signatureProblem(LIST, { ...KEY, accessKeyId: 'another' }, NOW)).toBe('InvalidAccessKeyId')
  expect(signatureProblem(LIST, { ...KEY, region: 'eu-west-1' }, NOW)).toBe('AuthorizationHeaderMalformed')
  expect(signatureProblem(LIST, KEY, NOW + 901_000)).toBe('RequestTimeTooSkewed')
  const unsigned = { ...LIST, headers: { ...headers, 'x-amz-acl': 'public-read' } }
  expect(signatureProblem(unsigned, KEY, NOW)).toBe('AccessDenied')
  expect(signatureProblem({ ...LIST, headers: { host: 'x' } }, KEY, NOW)).toBe('AccessDenied')
})
