import { defineConfig } from 'vitest/config'

/** Tests that hand what is written to the readers of others: `npm run test:interop`. They need Python packages. */
export default defineConfig({
  test: { include: ['test/interop/**/*.test.ts'], testTimeout: 300_000, hookTimeout: 300_000 },
})
