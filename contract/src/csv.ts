/**
 * How every CSV of the platform is written (RFC 4180), in the words of Papa Parse's `unparse`. A text that a spreadsheet would take for
 * a formula gets an apostrophe before it; numbers stay as they are. The library's own pattern overlooks formulas with a line break.
 * https://owasp.org/www-community/attacks/CSV_Injection
 *
 * Not exported by the index: the dashboard takes it without the schemas.
 */
export const CSV_FORM = { newline: '\r\n', escapeFormulae: /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/ } as const
