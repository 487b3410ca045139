/**
 * A URL whose path can be decoded: in one that cannot, `%` stands for itself (WHATWG URL 4.4). The router would answer the others by
 * itself, before anything of ours, canaries among it, sees them.
 */
export function decodableUrl(url: string): string {
  if (!url.includes('%')) return url
  const [path = ''] = url.split('?', 1)
  try {
    decodeURIComponent(path)
    return url
  } catch {
    return path.replaceAll('%', '%25') + url.slice(path.length)
  }
}
