import { useSchema } from '../../lib/recipe/use-schema.ts'
import { packings } from './index.ts'

/** Schema of a phase's `packing`. */
export const packingUse = useSchema({
  label: 'packing',
  registry: Object.fromEntries(packings),
  example: '{best-fit: {long: truncate}}',
})
