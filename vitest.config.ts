import { defineConfig } from 'vitest/config'

/** `npm test`: needs npm only. What needs Python or servers is in test/interop (vitest.interop.config.ts). */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/interop/**'],
    testTimeout: 60_000,
  },
})
