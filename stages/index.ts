/** Public entry `millrace/stages`: the schedule of a run, the order of its documents, and how they are packed. */
export {
  definePacking,
  type Packing,
  type PackingDefinition,
  type PackingRequest,
} from './define-packing.ts'
export { type EdgeRequest, shardEdge } from './edge.ts'
export { planSchedule, poolUsage, requireFeasible, type Shortfall, shortfalls, usage } from './feasibility.ts'
export { type MixRequest, mix } from './mix.ts'
export { packingByName, packings } from './packing/index.ts'
export { type PackingMetrics, packingMetrics } from './packing/metrics.ts'
export { type Batches, type BatchRequest, batches } from './rounding.ts'
export { createSchedule, dueIn, emittedIn, type Schedule, shards } from './schedule.ts'
export { parseTier, type Tier, type TierValues, tierOf } from './tiers.ts'
export type {
  PhaseInput,
  PoolInput,
  PoolUsage,
  ScheduleInput,
  Segment,
  ShardRange,
  StageInput,
  UsageRow,
} from './types.ts'
