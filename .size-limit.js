/** What a bundle grows by, minified and with gzip. The limits are where it stands, with a little room: a growth has to be meant. */
const common = { gzip: true, modifyEsbuildConfig: (config) => ({ ...config, format: 'esm', platform: 'browser' }) };

/** Peers are left out by default; here they count. */
const withPeers = {
  ...common,
  modifyEsbuildConfig: (config) => ({ ...common.modifyEsbuildConfig(config), external: [] }),
};

/** What React adds where the client, its topics, react, xstate and @xstate/react are there already. */
const besideClient = {
  ...common,
  path: 'dist/src/react/index.js',
  modifyEsbuildConfig: (config) => ({
    ...common.modifyEsbuildConfig(config),
    external: ['../index.js', '../topics/index.js', 'react', 'react/jsx-runtime', 'xstate', '@xstate/react'],
  }),
};

export default [
  {
    ...common,
    name: 'createConnection, beside an xstate that is there already',
    path: 'dist/src/index.js',
    import: '{ createConnection }',
    limit: '28.5 kB',
  },
  {
    ...withPeers,
    name: 'createConnection and xstate',
    path: 'dist/src/index.js',
    import: '{ createConnection }',
    limit: '41.1 kB',
  },
  {
    ...common,
    name: 'socketchart/machines, beside xstate',
    path: 'dist/machines/index.js',
    import: '{ connectionMachine }',
    limit: '7.1 kB',
  },
  {
    ...common,
    name: 'socketchart/topics, with the client in it, beside an xstate that is there already',
    path: 'dist/src/topics/index.js',
    import: '{ createTopicClient }',
    limit: '37.5 kB',
  },
  {
    ...common,
    name: 'socketchart/react-native, beside the client',
    path: 'dist/src/reactNative/index.js',
    import: '{ reactNativeEnvironment }',
    limit: '600 B',
  },
  {
    ...besideClient,
    name: 'socketchart/react: provider, state and messages, beside the client',
    import: '{ ConnectionProvider, useConnection, useConnectionState, useMessage }',
    limit: '2.6 kB',
  },
  {
    ...besideClient,
    name: 'socketchart/react: useWebSocket, beside the client',
    import: '{ useWebSocket }',
    limit: '3.2 kB',
  },
  {
    ...besideClient,
    name: 'socketchart/react, all of it, beside the client',
    import: '*',
    limit: '6 kB',
  },
];
