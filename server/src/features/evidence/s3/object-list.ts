/** A page of ListObjectsV2. */
export interface ObjectPage {
  objects: Array<{ key: string; modified_ms: number }>
  /** The key behind which the next page begins; null for the last page. */
  after: string | null
}

const OBJECT = /<Contents>(.*?)<\/Contents>/gs
const KEY = /<Key>([^<]*)<\/Key>/
const MODIFIED = /<LastModified>([^<]*)<\/LastModified>/

/**
 * Reads the answer of ListObjectsV2 with `encoding-type=url`: keys are URL-encoded, so that none has a character that XML escapes
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html). Objects without a key or a time are left out.
 */
export function readObjectPage(xml: string): ObjectPage {
  const keys: string[] = []
  const objects: ObjectPage['objects'] = []
  for (const [, content = ''] of xml.matchAll(OBJECT)) {
    const key = decoded(KEY.exec(content)?.[1])
    const modified_ms = Date.parse(MODIFIED.exec(content)?.[1] ?? '')
    if (key === null) continue
    keys.push(key)
    if (Number.isFinite(modified_ms)) objects.push({ key, modified_ms })
  }
  const isLast = !/<IsTruncated>true<\/IsTruncated>/.test(xml)
  return { objects, after: isLast ? null : (keys.at(-1) ?? null) }
}

function decoded(key: string | undefined): string | null {
  try {
    return key === undefined ? null : decodeURIComponent(key.replaceAll('+', ' '))
  } catch {
    return null
  }
}
