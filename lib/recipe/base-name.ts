/** What the pools, sources and stages of a recipe’s base are named by. */
export const BASE_PREFIX = 'base.'
