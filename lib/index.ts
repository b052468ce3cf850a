/**
 * Entry point `millrace`: everything that the command line does, as functions. Each throws MillraceError, whose `code` and
 * `facts` say what is wrong and whose `facts.fix` says what to do.
 */
export { type BuildOptions, type BuildSummary, build } from './build/build.ts'
export type { Manifest, ManifestInput } from './build/manifest.ts'
export type { PoolEstimate } from './build/plan.ts'
export type { BuildEvent } from './build/session.ts'
export {
  type ContaminatedLine,
  type DecontaminateOptions,
  type DecontaminateSummary,
  decontaminate,
} from './decontaminate.ts'
export { type DedupOptions, type DedupSummary, dedup } from './dedup.ts'
export { type DedupExplanation, type ExplainOptions, explainDuplicates } from './dedup-explain.ts'
export { describeFilter, type FilterDescription, listFilters } from './describe-filters.ts'
export { type ErrorCode, type Facts, type Issue, MillraceError } from './errors.ts'
export { type FilterRunOptions, runFilters } from './filter.ts'
export { type Boundaries, boundariesOf } from './formats/boundaries.ts'
export { type HeadOptions, type HeadRecord, head } from './head.ts'
export { type InspectedItem, type Inspection, type InspectOptions, inspect } from './inspect.ts'
export type { Ledger } from './ledger.ts'
export type { Pilot, PilotPool, PilotSource } from './pilot.ts'
export { type Plan, type PlannedDisk, type PlanOptions, plan } from './plan.ts'
export {
  type ChangedInput,
  type ChangedSetting,
  type PlanDiff,
  planDiff,
  type StepDiff,
} from './plan-diff.ts'
export { DEFAULT_RATES, type PlannedStep } from './plan-steps.ts'
export type { Finding } from './provenance/count.ts'
export {
  type MegatronCache,
  type MegatronPiece,
  megatronSamples,
  openMegatronCache,
} from './provenance/megatron-cache.ts'
export { openBuild } from './provenance/open.ts'
export { readLedger } from './provenance/read-ledger.ts'
export type { FinishedBuild, RecordFacts } from './provenance/records.ts'
export {
  sequencesOfStep,
  type TokenTrace,
  type TracedPiece,
  traceItem,
  traceToken,
} from './provenance/trace.ts'
export { type Verification, type VerifyOptions, verify } from './provenance/verify.ts'
export {
  type DocumentTrail,
  type FinalFate,
  type Placement,
  type WhereQuery,
  where,
} from './provenance/where.ts'
export { initRecipe } from './recipe/init.ts'
export { defineRecipe, type LoadedRecipe, loadRecipe, resolveRecipe } from './recipe/load.ts'
export { type Recipe, type RecipeInput, recipeJsonSchema } from './recipe/schema.ts'
export { type FileStats, type Stats, type StatsOptions, stats } from './stats.ts'
export type { InputTally } from './stats-tally.ts'
export {
  decodeLines,
  encodeLines,
  type TokenizedFiles,
  type TokenizeFilesOptions,
  type TokenizeOptions,
  tokenizeFiles,
} from './tokenize.ts'
export {
  type WhatIf,
  type WhatIfLimit,
  type WhatIfOptions,
  type WhatIfSource,
  whatIf,
} from './what-if/what-if.ts'
