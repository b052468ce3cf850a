import { MillraceError } from './errors.ts'

/** Settings by name, from `NAME.SETTING=VALUE` pairs: the values are JSON, or plain words. Throws USAGE, with the example. */
export function parseSettings(
  pairs: readonly string[],
  example: string,
  option = '--set',
): Map<string, Record<string, unknown>> {
  const settings = new Map<string, Record<string, unknown>>()
  for (const pair of pairs) {
    const match = /^([a-z0-9-]+)\.(\w+)=(.*)$/s.exec(pair)
    const [, name, setting, text] = match ?? []
    if (name === undefined || setting === undefined || text === undefined) {
      throw new MillraceError('USAGE', `${option} ${pair} is not a setting`, {
        got: pair,
        fix: `Write NAME.SETTING=VALUE, e.g. ${option} ${example}.`,
      })
    }
    settings.set(name, { ...settings.get(name), [setting]: parseValue(text) })
  }
  return settings
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
