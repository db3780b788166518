/** What a bundle grows by, minified and with gzip. The limits are where it stands, with a little room: a growth has to be meant. */
const common = { gzip: true, modifyEsbuildConfig: (config) => ({ ...config, format: 'esm', platform: 'browser' }) };

/** Peers are left out by default; here they count. */
const withPeers = {
  ...common,
  modifyEsbuildConfig: (config) => ({ ...common.modifyEsbuildConfig(config), external: [] }),
};

export default [
  {
    ...common,
    name: 'createConnection, beside an xstate that is there already',
    path: 'dist/src/index.js',
    import: '{ createConnection }',
    limit: '24.8 kB',
  },
  {
    ...withPeers,
    name: 'createConnection and xstate',
    path: 'dist/src/index.js',
    import: '{ createConnection }',
    limit: '37.4 kB',
  },
  {
    ...common,
    name: 'socketchart/machines, beside xstate',
    path: 'dist/machines/index.js',
    import: '{ connectionMachine }',
    limit: '6.6 kB',
  },
  {
    ...common,
    name: 'socketchart/react-native, beside the client',
    path: 'dist/src/reactNative/index.js',
    import: '{ reactNativeEnvironment }',
    limit: '600 B',
  },
];
