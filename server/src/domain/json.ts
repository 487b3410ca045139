/** What JSON.parse yields for `{...}`: own properties only, of any value, chosen by a stranger. */
export type JsonObject = { readonly [key: string]: unknown }
