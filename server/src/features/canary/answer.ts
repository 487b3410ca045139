/** What a visitor of a token gets: something that such a place would answer, and nothing of ours. */
export interface Answer {
  status: number
  type: string
  body: string | Buffer
}
