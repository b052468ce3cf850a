import path from 'node:path'

/** Settings of the filters that do nothing without a file, by name. */
export const NEEDED_SETTINGS: Readonly<Record<string, object>> = {
  lightgbm: { model: path.join(import.meta.dirname, 'models/fixtures/lightgbm-binary.txt') },
}
