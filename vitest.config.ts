import { playwright } from '@vitest/browser-playwright';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { entries } from './scripts/entries.ts';
import { browserCommands } from './test/fixtures/browserCommands.ts';
import { canUseChromium, launchOptions } from './test/fixtures/chromium.ts';
import { named } from './test/fixtures/projects.ts';

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

type Needs = NonNullable<TestProjectInlineConfiguration['test']>;
const project = (test: Needs): TestProjectInlineConfiguration => ({
  extends: true,
  test: {
    testTimeout: 20_000,
    hookTimeout: 300_000,
    restoreMocks: true,
    unstubGlobals: true,
    unstubEnvs: true,
    ...test,
  },
});

export default defineConfig({
  resolve: {
    // Examples are written as users write them; here they run on the source.
    alias: Object.entries(entries).map(([find, replacement]) => ({ find: new RegExp(`^${find}$`, 'u'), replacement })),
  },
  test: {
    coverage: { include: ['machines/**', 'src/**'], reporter: ['text'] },
    // One test file for each core: most of them wait rather than compute.
    maxWorkers: '100%',
    projects: [
      /** No port, no process, no document. Files share a thread, and what they import. */
      project({
        name: 'pure',
        include: ['test/**/*.test.{ts,tsx}'],
        exclude: [named('dom'), named('net'), named('browser'), named('slow')],
        pool: 'threads',
        isolate: false,
      }),
      /** A document, by happy-dom; some with a server beside it. */
      project({ name: 'dom', include: [named('dom')], environment: 'happy-dom' }),
      /** Ports and processes, a browser that is driven from outside among them. Files share a process, and what they import. */
      project({ name: 'net', include: [named('net')], isolate: false }),
      /** What `npm test` leaves out and `npm run test:slow` runs, each file in a process of its own. */
      project({
        name: 'slow',
        include: [named('slow')],
        testTimeout: 120_000,
        // One after the other: a busy machine is a slow line.
        maxWorkers: 1,
        sequence: { groupOrder: 1 },
      }),
      ...(canUseChromium('the tests in a real browser are')
        ? [
            {
              ...project({
                name: 'browser',
                include: [named('browser')],
                browser: {
                  enabled: true,
                  headless: true,
                  screenshotFailures: false,
                  provider: playwright({ launchOptions }),
                  instances: [{ browser: 'chromium' }],
                  commands: browserCommands,
                },
              }),
              // Named, since what is found on the way is bundled on the way, and then there are two Reacts.
              optimizeDeps: { include: inBrowserDependencies },
            },
          ]
        : []),
    ],
  },
});
