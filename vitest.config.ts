import { defineConfig } from 'vitest/config'

/** A file to write vitest's JSON report to, beside the usual output; CI counts its tests from it. */
const report = process.env.SONA_TEST_REPORT

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
    ...(report ? { reporters: ['default', ['json', { outputFile: report }]] } : {}),
  },
})
