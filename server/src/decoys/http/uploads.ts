import { fieldCredentials, type HttpCredentials } from './credentials.js'

/** What a body in multipart/form-data has. */
export interface Multipart {
  files: Array<{ name: string; content: Buffer }>
  credentials: HttpCredentials | null
}

const MAX_FILES = 16

/** @returns null where the body is no multipart/form-data that can be read. */
export async function multipartOf(contentType: string, body: Buffer): Promise<Multipart | null> {
  if (!/^multipart\/form-data/i.test(contentType)) return null
  try {
    const form = await new Response(new Uint8Array(body), {
      headers: { 'content-type': contentType },
    }).formData()
    const entries = [...form.entries()]
    const parts = entries
      .flatMap(([, value]) => (typeof value === 'string' ? [] : [value]))
      .slice(0, MAX_FILES)
    const files = await Promise.all(
      parts.map(async (part) => ({ name: part.name, content: Buffer.from(await part.arrayBuffer()) })),
    )
    return { files, credentials: fieldCredentials(entries, 'form') }
  } catch {
    return null
  }
}

/** The last part of a path, as the name of a file. */
export function fileNameIn(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1) || 'unnamed'
}
