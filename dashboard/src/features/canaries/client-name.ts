/** Programs by what they say of themselves, the more particular ones first: browsers name each other. */
const CLIENTS: ReadonlyArray<readonly [RegExp, string]> = [
  [/MSOffice|ms-office|Microsoft Office/i, 'Microsoft Office'],
  [/LibreOffice/i, 'LibreOffice'],
  [/Acrobat|AcroForms|Adobe/i, 'Adobe Acrobat'],
  [/^kubectl\//i, 'kubectl'],
  [/^git\//i, 'Git'],
  [/^aws-cli\//i, 'AWS CLI'],
  [/^(?:Boto3|Botocore)\//i, 'AWS SDK for Python'],
  [/^curl\//i, 'curl'],
  [/^Wget\//i, 'Wget'],
  [/^python-(?:requests|urllib)|^Python\//i, 'Python'],
  [/^Go-http-client\//i, 'a Go program'],
  [/bot\b|crawler|spider|facebookexternalhit|WhatsApp\//i, 'a crawler or link preview'],
  [/ Edg\//, 'Edge'],
  [/ Firefox\//, 'Firefox'],
  [/ Chrome\//, 'Chrome'],
  [/ Version\/\S+ .*Safari\//, 'Safari'],
]

/** Of a longer one only the beginning is read. */
const MAX_READ = 500

/** The program that a user agent names; null: it names none that is known. Clients may name any. */
export function clientName(userAgent: string): string | null {
  const read = userAgent.slice(0, MAX_READ)
  return CLIENTS.find(([pattern]) => pattern.test(read))?.[1] ?? null
}
