import { defineConfig } from 'vitest/config';
import { entries } from './scripts/entries.ts';

export default defineConfig({
  resolve: {
    // Examples are written as users write them; here they run on the source.
    alias: Object.entries(entries).map(([find, replacement]) => ({ find: new RegExp(`^${find}$`, 'u'), replacement })),
  },
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    restoreMocks: true,
    coverage: { include: ['machines/**', 'src/**'], reporter: ['text'] },
  },
});
