/**
 * Ranks as one text of base64 words, as tiktoken's ports keep them: lines of `! firstRank base64 base64 …`.
 *
 * @returns by rank the token's bytes, one character a byte (latin1); '' where a rank has none
 */
export function parseRankList(text: string): string[] {
  const tokens: (string | undefined)[] = []
  for (const line of text.split('\n')) {
    const [, first, ...words] = line.split(' ')
    words.forEach((word, i) => {
      tokens[Number(first) + i] = Buffer.from(word, 'base64').toString('latin1')
    })
  }
  return Array.from(tokens, (token) => token ?? '')
}

/** The first byte that is no token by itself; undefined where all 256 are. */
export function missingByte(tokens: ReadonlySet<string>): number | undefined {
  for (let byte = 0; byte < 256; byte++) if (!tokens.has(String.fromCharCode(byte))) return byte
  return undefined
}
