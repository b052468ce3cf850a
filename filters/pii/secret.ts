import { type Finding, isAlphanumeric } from './finding.ts'

/**
 * Secrets: keys and tokens by the prefixes that their issuers gave them so that they can be found, JSON web tokens,
 * private keys in PEM, passwords in URLs, and values that a name such as `api_key` is set to.
 *
 * Tokens are long, so they are looked for in runs of at least RUN characters of them, which every RUNth character of the
 * text finds; prose has hardly any.
 */
const RUN = 16

export function findSecrets(text: string): Finding[] {
  const searches = [findTokens(text), findKeyBlocks(text), findPasswords(text)]
  return searches
    .flat()
    .toSorted((a, b) => a.start - b.start || b.end - a.end)
    .filter(apart())
}

/** Keeps what begins after everything before it has ended. */
function apart(): (finding: Finding) => boolean {
  let free = 0
  return ({ start, end }) => {
    if (start < free) return false
    free = end
    return true
  }
}

/**
 * Issuers' formats. Those of bounded length may begin after any sign; those without begin only where a run of letters,
 * digits, `_` and `-` does, so that no character is read more than a few times.
 */
const BOUNDED = [
  '(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}', // AWS
  'gh[pousr]_[A-Za-z0-9]{36,255}', // GitHub
  'github_pat_[A-Za-z0-9_]{22,255}',
  'gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent)-[A-Za-z0-9_.-]{20,80}', // GitLab
  'AIza[A-Za-z0-9_-]{35}', // Google
  'GOCSPX-[A-Za-z0-9_-]{28}',
  '(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,255}', // Stripe
  'whsec_[A-Za-z0-9+/]{32,64}',
  'hf_[A-Za-z0-9]{30,40}', // Hugging Face
  'npm_[A-Za-z0-9]{36}',
  'pypi-AgE[A-Za-z0-9_-]{50,255}',
  'SG\\.[A-Za-z0-9_-]{16,32}\\.[A-Za-z0-9_-]{16,64}', // SendGrid
  '(?:SK|AC)[0-9a-f]{32}', // Twilio
  'key-[0-9a-f]{32}', // Mailgun
  'do[opr]_v1_[0-9a-f]{64}', // DigitalOcean
  'shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}', // Shopify
  'sq0(?:atp|csp|idp)-[A-Za-z0-9_-]{22,43}', // Square
  'dapi[0-9a-f]{32}(?:-\\d)?', // Databricks
  'hv[sbr]\\.[A-Za-z0-9_-]{24,255}', // Vault
  'dp\\.(?:pt|st|ct|sa)\\.[A-Za-z0-9]{40,44}', // Doppler
  'dckr_pat_[A-Za-z0-9_-]{27,40}', // Docker
  'lin_api_[A-Za-z0-9]{40}', // Linear
  'NRAK-[A-Z0-9]{27}', // New Relic
  'xkeysib-[0-9a-f]{64}-[A-Za-z0-9]{16}', // Brevo
  'AGE-SECRET-KEY-1[A-Z0-9]{58}',
  'ATATT3[A-Za-z0-9_=-]{100,255}', // Atlassian
  'PMAK-[0-9a-f]{24}-[0-9a-f]{34}', // Postman
  'gsk_[A-Za-z0-9]{52}', // Groq
  'r8_[A-Za-z0-9]{37}', // Replicate
  'pplx-[A-Za-z0-9]{48}', // Perplexity
  'xai-[A-Za-z0-9]{80}',
  'secret_[A-Za-z0-9]{43}', // Notion
  'ntn_[A-Za-z0-9]{46}',
  'figd_[A-Za-z0-9_-]{40}', // Figma
  'rubygems_[0-9a-f]{48}',
  'sntrys_[A-Za-z0-9_=+/-]{60,255}', // Sentry
  'EAA[A-Za-z0-9]{90,255}', // Facebook
  '\\d{8,10}:AA[A-Za-z0-9_-]{33}', // Telegram
  '[MNO][A-Za-z\\d_-]{23,27}\\.[A-Za-z\\d_-]{6}\\.[A-Za-z\\d_-]{27,40}', // Discord
  'tskey-(?:auth|api|client|scim|webhook)-[A-Za-z0-9]{8,40}-[A-Za-z0-9]{16,60}', // Tailscale
  'gl(?:sa|c)_[A-Za-z0-9]{32,255}(?:_[0-9a-f]{8})?', // Grafana
  'pscale_(?:pw|tkn|oauth)_[A-Za-z0-9_-]{32,64}', // PlanetScale
  'sbp_[0-9a-f]{40}', // Supabase
  'sb_secret_[A-Za-z0-9_-]{24,48}',
  're_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}', // Resend
  'lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}', // LangSmith
  'pcsk_[A-Za-z0-9]{5,8}_[A-Za-z0-9]{50,70}', // Pinecone
  'tvly-(?:dev-|prod-)?[A-Za-z0-9]{28,40}', // Tavily
  'ph[cx]_[A-Za-z0-9]{40,50}', // PostHog
  'nfp_[A-Za-z0-9]{36,40}', // Netlify
  'vercel_blob_rw_[A-Za-z0-9]{16}_[A-Za-z0-9]{24,40}',
  'cio[A-Za-z0-9]{32}', // crates.io
  'sk-or-v1-[0-9a-f]{64}', // OpenRouter
  'fm2_[A-Za-z0-9+/]{60,255}', // Fly
  'AQ\\.[A-Za-z0-9_-]{40,60}', // Google's newer keys
  'discord(?:app)?\\.com/api/webhooks/\\d{17,20}/[A-Za-z0-9_-]{60,72}', // Discord
  'hooks\\.slack\\.com/services/T[A-Z0-9]{6,16}/B[A-Z0-9]{6,16}/[A-Za-z0-9]{16,40}',
]
const UNBOUNDED = [
  'xox[abeoprs]-[A-Za-z0-9-]{10,}', // Slack
  'xapp-\\d-[A-Za-z0-9-]{10,}',
  'sk-(?=[A-Za-z_-]*[0-9])(?=[A-Z0-9_-]*[a-z])(?=[a-z0-9_-]*[A-Z])[A-Za-z0-9_-]{20,}', // OpenAI, Anthropic, others
  'eyJ[A-Za-z0-9_-]{8,}\\.eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{8,}', // JSON web tokens
  'ops_eyJ[A-Za-z0-9_-]{60,}', // 1Password
  '1//0[A-Za-z0-9_-]{40,}', // Google's refresh tokens
  'ya29\\.[A-Za-z0-9_-]{20,}', // Google OAuth
]
const TOKENS = new RegExp(
  `(?<![A-Za-z0-9])(?:${BOUNDED.join('|')})(?![A-Za-z0-9])|(?<![A-Za-z0-9_-])(?:${UNBOUNDED.join('|')})`,
  'g',
)

function findTokens(text: string): Finding[] {
  const found: Finding[] = []
  const { length } = text
  for (let at = RUN - 1; at < length; at += RUN) {
    if (!isToken(text.charCodeAt(at))) continue
    let start = at
    while (start > at - RUN && isToken(text.charCodeAt(start - 1))) start--
    let end = at + 1
    while (end < length && isToken(text.charCodeAt(end))) end++
    if (end - start >= RUN) addTokens(text, start, end, found)
    at = Math.max(at, end - 1)
  }
  return found
}

/** Tokens in the run `[start, end)`. */
function addTokens(text: string, start: number, end: number, found: Finding[]): void {
  // Where a token begins with other characters, such as the digits of a bot's number and a colon.
  const from = Math.max(0, start - RUN)
  const run = text.slice(from, end + 2)
  const before = found.length
  // Not matchAll, which makes a copy of the pattern each time.
  TOKENS.lastIndex = 0
  for (let match = TOKENS.exec(run); match !== null; match = TOKENS.exec(run)) {
    found.push({ kind: 'secret', start: from + match.index, end: from + match.index + match[0].length })
  }
  if (found.length === before && end - start <= LONGEST_VALUE && isNamedSecret(text, start, end)) {
    found.push({
      kind: 'secret',
      start,
      end: text[end] === '=' ? (text[end + 1] === '=' ? end + 2 : end + 1) : end,
    })
  }
}

function isToken(code: number): boolean {
  return (
    isAlphanumeric(code) ||
    code === 0x5f ||
    code === 0x2d ||
    code === 0x2e ||
    code === 0x2f ||
    code === 0x2b ||
    code === 0x7e // in client secrets of Azure
  )
}

const LONGEST_VALUE = 512
const NAME =
  /(?:api[ _-]?key|api[ _-]?token|api[ _-]?secret|apikey|access[ _-]?key(?:[ _-]?id)?|secret(?:[ _-]?access)?[ _-]?key|client[ _-]?secret|app[ _-]?secret|auth[ _-]?token|access[ _-]?token|refresh[ _-]?token|private[ _-]?key|account[ _-]?key|shared[ _-]?access[ _-]?key|bot[ _-]?token|bearer[ _-]?token|encryption[ _-]?key|signing[ _-]?key|webhook[ _-]?secret|secret|password|passwd)["'`\]]{0,2}(?: is)?[ \t]{0,4}(?:[:=]|=>|:=)?[ \t]{0,4}["'`]{0,2}$|authorization:? {0,2}(?:bearer|token|basic) $|\bbearer $/i

/** `api_key = "…"`: the name of a secret before it, and letters and digits mixed as no word has them. */
function isNamedSecret(text: string, start: number, end: number): boolean {
  const value = text.slice(start, end)
  if (
    !/\d/.test(value) ||
    !/[a-z]/i.test(value) ||
    value.includes('://') ||
    /^[./]|\.[a-z]{2,4}$/i.test(value)
  )
    return false
  if (new Set(value).size < 8) return false
  return NAME.test(text.slice(Math.max(0, start - 48), start))
}

const BLOCK_BEGIN = /-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----/g
const BLOCK_END = /-----END (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----/g
/** What a key block without an end has: its lines of base64 and headers. */
const BLOCK_BODY = /(?:\\r|\\n|[A-Za-z0-9+/=:,\s-]){0,16384}/y

/** Private keys as PEM and PGP blocks; without an end line, as far as their body goes. */
function findKeyBlocks(text: string): Finding[] {
  const found: Finding[] = []
  if (!text.includes('PRIVATE KEY')) return found
  BLOCK_BEGIN.lastIndex = 0
  let lastEnd: RegExpExecArray | null | undefined
  for (let begin = BLOCK_BEGIN.exec(text); begin !== null; begin = BLOCK_BEGIN.exec(text)) {
    const body = BLOCK_BEGIN.lastIndex
    // The next end line, looked for once; none is left where the last search found none.
    if (lastEnd === undefined || (lastEnd !== null && lastEnd.index < body)) {
      BLOCK_END.lastIndex = body
      lastEnd = BLOCK_END.exec(text)
    }
    BLOCK_BODY.lastIndex = body
    const bodyEnd = body + (BLOCK_BODY.exec(text)?.[0].trimEnd().length ?? 0)
    const isClosed = lastEnd !== null && lastEnd.index <= bodyEnd + 16
    const end = isClosed && lastEnd !== null ? lastEnd.index + lastEnd[0].length : bodyEnd
    if (end - body >= 40) found.push({ kind: 'secret', start: begin.index, end })
    BLOCK_BEGIN.lastIndex = Math.max(body, end)
  }
  return found
}

/** `://user:password@`: the part between the slashes and the sign, of bounded length. */
const USER_INFO = /:\/\/([^\s/:@'"<>]{0,64}:[^\s/@'"<>]{3,128})$/

function findPasswords(text: string): Finding[] {
  const found: Finding[] = []
  let free = 0
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    const from = Math.max(free, at - 200)
    const match = USER_INFO.exec(text.slice(from, at))
    const info = match?.[1]
    if (info === undefined || !isAlphanumeric(text.charCodeAt(at + 1)) || isPlaceholder(info)) continue
    found.push({ kind: 'secret', start: at - info.length, end: at })
    free = at
  }
  return found
}

/** `user:password`, `KEY:SECRET`, `$USER:$PASS`, `<user>:<pass>`. */
function isPlaceholder(info: string): boolean {
  return /^[A-Z_-]+:[A-Z_-]+$/.test(info) || /[$%{}*]|:(?:pass(?:word|wd)?|pw|secret|x+|\.+)$/i.test(info)
}
