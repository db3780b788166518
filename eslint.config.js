import tseslint from 'typescript-eslint';
import reactHooks from 'eslint-plugin-react-hooks';

/** Where the platform's clocks and timers are read: one home for each side, and what is read there is checked there. */
const timeHomes = [
  'src/client/time.ts',
  'src/client/platform.ts',
  'src/react/platform.ts',
  'src/server/scheduler.ts',
  'src/testing/node.ts',
];
const clock = [
  { object: 'Date', property: 'now', message: 'Time is a port: ask `now`.' },
  { object: 'performance', property: 'now', message: 'Time is a port: ask `now`.' },
  // Also as a field of globalThis, under any name.
  { property: 'performance', message: 'Time is a port: ask `now`.' },
  { property: 'timeOrigin', message: 'Time is a port: ask `now`.' },
];
const chance = [{ object: 'Math', property: 'random', message: 'Chance is a port: ask `random`.' }];
const syntax = [{ selector: 'ExportDefaultDeclaration', message: 'Named exports only: a name is found in one guess.' }];
const clockSyntax = [
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Time is a port: ask `now`.' },
  { selector: "CallExpression[callee.name='Date']", message: 'Time is a port: ask `now`.' },
];
const platformGlobals = [
  'performance',
  'WebSocket',
  'window',
  'document',
  'navigator',
  'process',
  'setTimeout',
  'setInterval',
  'setImmediate',
];

export default tseslint.config(
  { ignores: ['dist', 'coverage', 'stately', '.scratch', 'visualizer/dist'] },
  ...tseslint.configs.strictTypeChecked.map((config) => ({ ...config, files: ['**/*.ts', '**/*.tsx'] })),
  {
    files: ['**/*.ts', '**/*.tsx'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      // A number or a boolean in a sentence is what was meant.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // `() => effect()` is the shape of every listener here.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-restricted-syntax': ['error', ...syntax],
    },
  },
  {
    // The public face lets callers leave the types of messages open; that is what these `any` are.
    files: ['src/**/*.{ts,tsx}'],
    rules: { '@typescript-eslint/no-explicit-any': 'off' },
  },
  {
    files: ['machines/**/*.ts'],
    rules: {
      // XState takes its types from a cast of an empty object, which the rule would remove.
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
      'no-restricted-properties': ['error', ...chance, ...clock],
      'no-restricted-globals': ['error', ...platformGlobals],
      'no-restricted-syntax': ['error', ...syntax, ...clockSyntax],
    },
  },
  {
    files: ['src/**/*.{ts,tsx}'],
    ignores: timeHomes,
    rules: {
      'no-restricted-properties': ['error', ...clock],
      'no-restricted-globals': ['error', ...platformGlobals],
      'no-restricted-syntax': ['error', ...syntax, ...clockSyntax],
    },
  },
  {
    files: ['**/*.tsx', 'src/react/**/*.ts'],
    ...reactHooks.configs.flat.recommended,
  },
  {
    files: ['**/*.config.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
);
