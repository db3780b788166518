import tseslint from 'typescript-eslint';
import reactHooks from 'eslint-plugin-react-hooks';

const clockAndChance = [
  { object: 'Math', property: 'random', message: 'Chance is a port: ask `random`.' },
  { object: 'Date', property: 'now', message: 'Time is a port: ask `now`.' },
  { object: 'performance', property: 'now', message: 'Time is a port: ask `now`.' },
];
const platformGlobals = [
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
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Named exports only: a name is found in one guess.' },
      ],
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
      'no-restricted-properties': ['error', ...clockAndChance],
      'no-restricted-globals': ['error', ...platformGlobals],
    },
  },
  {
    files: ['src/**/*.{ts,tsx}'],
    ignores: ['src/client/platform.ts', 'src/react/platform.ts', 'src/server/scheduler.ts'],
    rules: { 'no-restricted-globals': ['error', ...platformGlobals] },
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
