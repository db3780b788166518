import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    // Examples are written as users write them; here they run on the source.
    alias: [
      { find: /^socketchart$/u, replacement: source('src/index.ts') },
      { find: /^socketchart\/testing$/u, replacement: source('src/testing/index.ts') },
      { find: /^socketchart\/machines$/u, replacement: source('machines/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    restoreMocks: true,
    coverage: { include: ['machines/**', 'src/**'], reporter: ['text'] },
  },
});
