const TEXT = [
  'BT /F1 18 Tf 72 760 Td (Service accounts) Tj ET',
  'BT /F1 11 Tf 72 730 Td (This document is protected. Click anywhere to view its content.) Tj ET',
].join('\n')

/**
 * A PDF of one page that requests `url` when it is opened (/OpenAction), where the reader permits that, and when somebody clicks the page.
 * Format: ISO 32000-1, 7.5 (file structure) and 12.6.4.7 (URI actions).
 */
export function pdfWith(url: string): Buffer {
  const action = `<< /S /URI /URI (${escaped(url)}) >>`
  const objects = [
    `<< /Type /Catalog /Pages 2 0 R /OpenAction ${action} >>`,
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Annots [6 0 R] /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${TEXT.length} >>\nstream\n${TEXT}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    `<< /Type /Annot /Subtype /Link /Rect [0 0 595 842] /Border [0 0 0] /A ${action} >>`,
  ]
  let file = '%PDF-1.7\n'
  const offsets = objects.map((object, index) => {
    const offset = file.length
    file += `${index + 1} 0 obj\n${object}\nendobj\n`
    return offset
  })
  const entries = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`)
  const size = objects.length + 1
  const references = `xref\n0 ${size}\n0000000000 65535 f \n${entries.join('')}`
  return Buffer.from(
    `${file}${references}trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${file.length}\n%%EOF\n`,
    'latin1',
  )
}

/** A literal string (ISO 32000-1, 7.3.4.2). URLs are ASCII. */
function escaped(text: string): string {
  return text.replaceAll(/[\\()]/g, String.raw`\$&`)
}
