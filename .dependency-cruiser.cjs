/** The floors: imports point down only. One rule for each floor, and none may go round in a circle. */
const floor = (name, path, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path },
  to: { pathNot: allowed },
});
const package_ = (name) => `(^|node_modules/)${name}($|/)`;

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    floor('machines', '^machines/', ['^machines/', package_('xstate')], 'Pure statecharts: xstate only.'),
    floor('protocol', '^src/protocol/', ['^src/protocol/'], 'Frames and codecs import nothing.'),
    floor(
      'client',
      '^src/client/',
      ['^src/client/', '^src/protocol/', '^machines/', package_('xstate')],
      'The client knows the charts and the protocol, no framework and no Node.',
    ),
    floor(
      'public-entry',
      '^src/index\\.ts$',
      ['^src/client/', '^src/protocol/', '^machines/'],
      'The public entry gathers; it adds nothing.',
    ),
    floor(
      'topics',
      '^src/topics/',
      ['^src/(topics|client|protocol)/', '^machines/', package_('xstate')],
      'Topics stand on the client, and speak through its seam.',
    ),
    floor(
      'react',
      '^src/react/',
      ['^src/react/', '^src/(topics/)?index\\.ts$', package_('react'), package_('@xstate/react')],
      'Hooks and components use the package as everybody does; what draws them is theirs who use them.',
    ),
    floor(
      'react-native',
      '^src/reactNative/',
      ['^src/reactNative/', '^src/index\\.ts$'],
      'What is for React Native uses the package as everybody does, and gets the modules of the app handed over.',
    ),
    floor(
      'testing',
      '^src/testing/',
      ['^src/(testing|client|protocol)/', '^(node:)?(net|timers)$'],
      'What is for tests stands on the client; of Node it knows TCP and timers.',
    ),
    {
      name: 'server',
      comment: 'The hub knows the protocol and Node, and nothing of the client.',
      severity: 'error',
      from: { path: '^src/server/' },
      to: { pathNot: ['^src/(server|protocol)/', package_('ws')], dependencyTypesNot: ['core'] },
    },
    {
      name: 'ws-in-one-file',
      comment: 'Whatever carries the peers of a hub, its core does not know: a simulator hands it links of its own.',
      severity: 'error',
      from: { path: '^src/server/', pathNot: '^src/server/wsPeer\\.ts$' },
      to: { path: package_('ws') },
    },
    {
      name: 'no-testing',
      comment: 'What is shipped for tests is not part of what is tested.',
      severity: 'error',
      from: { path: '^(src|machines)/', pathNot: '^src/testing/' },
      to: { path: '^src/testing/' },
    },
    {
      name: 'visualizer',
      comment: 'The page uses the package as everybody does.',
      severity: 'error',
      from: { path: '^visualizer/' },
      to: {
        path: '^(src|machines)/',
        pathNot: [
          '^src/((react|server|testing|topics)/)?index\\.ts$',
          '^src/react/status\\.css$',
          '^machines/index\\.ts$',
          '^machines/connection\\.json$',
        ],
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|visualizer/dist)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.js', '.json'], exportsFields: ['exports'] },
  },
};
