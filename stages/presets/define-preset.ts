/** A ready-made recipe to start from: commented YAML, with file names to be replaced. */
export interface PresetDefinition {
  /** Name for `millrace init --preset`, kebab-case. */
  readonly name: string
  readonly summary: string
  /** The recipe's text. It has no schema issues once its files are there. */
  readonly recipe: string
}

/** Declares a preset; add one line to `registered.ts`. */
export function definePreset(definition: PresetDefinition): PresetDefinition {
  return definition
}
