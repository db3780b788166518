import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { entries } from './scripts/entries.ts';
import { browserCommands } from './test/fixtures/browserCommands.ts';
import { canUseChromium, launchOptions } from './test/fixtures/chromium.ts';

const inBrowser = 'test/**/*.browser.test.tsx';
const inBrowserDependencies = [
  'react',
  'react/jsx-dev-runtime',
  'react-dom',
  'react-dom/client',
  'react-dom/server',
  '@testing-library/react',
  '@xstate/react',
  'xstate',
];
const common = { testTimeout: 20_000, hookTimeout: 60_000, restoreMocks: true };

export default defineConfig({
  resolve: {
    // Examples are written as users write them; here they run on the source.
    alias: Object.entries(entries).map(([find, replacement]) => ({ find: new RegExp(`^${find}$`, 'u'), replacement })),
  },
  test: {
    coverage: { include: ['machines/**', 'src/**'], reporter: ['text'] },
    projects: [
      {
        extends: true,
        test: { ...common, name: 'node', include: ['test/**/*.test.{ts,tsx}'], exclude: [inBrowser] },
      },
      ...(canUseChromium('the tests in a real browser are')
        ? [
            {
              extends: true as const,
              // Named, since what is found on the way is bundled on the way, and then there are two Reacts.
              optimizeDeps: { include: inBrowserDependencies },
              test: {
                ...common,
                name: 'chromium',
                include: [inBrowser],
                browser: {
                  enabled: true,
                  headless: true,
                  screenshotFailures: false,
                  provider: playwright({ launchOptions }),
                  instances: [{ browser: 'chromium' as const }],
                  commands: browserCommands,
                },
              },
            },
          ]
        : []),
    ],
  },
});
