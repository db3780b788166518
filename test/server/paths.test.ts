import { describe, expect, it } from 'vitest';
import { pathPattern, targetOf } from '../../src/server/paths.ts';

const idOf = (path: string, pattern = '/ws/{client_id}') => pathPattern(pattern).match(path);

describe('a path pattern', () => {
  it.each([
    ['/ws/ada', 'ada'],
    ['/ws/a%20b', 'a b'],
    ['/ws/%E2%82%AC', '€'],
    ['/ws/a%2Fb', 'a/b'],
    ['/ws/__proto__', '__proto__'],
    [`/ws/${'x'.repeat(128)}`, 'x'.repeat(128)],
  ])('reads the client id of %s', (path, clientId) => {
    expect(idOf(path)).toEqual({ clientId });
  });

  it('takes the client id from the middle', () => {
    expect(idOf('/rooms/7/socket', '/rooms/{client_id}/socket')).toEqual({ clientId: '7' });
  });

  it('gives no client id where the pattern has none', () => {
    expect(idOf('/ws', '/ws')).toEqual({ clientId: undefined });
  });

  it.each([
    [`/ws/${'x'.repeat(129)}`, 'longer than 128'],
    ['/ws/%00', 'control characters'],
    ['/ws/a%0D%0Ab', 'control characters'],
    ['/ws/%C2%85', 'control characters'],
    ['/ws/%', 'percent-encoded'],
    ['/ws/%FF', 'percent-encoded'],
    ['/ws/%ED%A0%80', 'percent-encoded'],
  ])('says what is wrong with the client id of %s', (path, problem) => {
    expect(idOf(path)).toEqual({ problem: expect.stringContaining(problem) as string });
  });

  it.each(['/ws', '/ws/', '/ws/a/', '/ws/a/b', '//ws/a', '/WS/a', '/w%73/a', '/x/../ws/a', 'ws/a', '/', ''])(
    'leaves %s to others',
    (path) => {
      expect(idOf(path)).toBeUndefined();
    },
  );

  it.each([
    'ws',
    '',
    '/ws/{id}',
    '/{client_id}/{client_id}',
    '/a{client_id}',
    '/ws?x=1',
    '/ws#x',
    '/a b',
    '/%zz',
    '/ü',
  ])('refuses the pattern %j', (pattern) => {
    expect(() => pathPattern(pattern)).toThrow(TypeError);
  });
});

describe('the target of a request', () => {
  it.each([
    ['/ws/a?token=1', '/ws/a', '?token=1'],
    ['/ws/a', '/ws/a', ''],
    ['http://evil.example/ws/a?x', '/ws/a', '?x'],
    ['//evil.example/ws', '//evil.example/ws', ''],
    ['/ws?a=/b?c', '/ws', '?a=/b?c'],
    ['/ws#f?q', '/ws', ''],
  ])('of %s is its path and query', (url, pathname, search) => {
    expect(targetOf(url)).toEqual({ pathname, search });
  });

  it.each(['*', '', 'example.com:443', 'http://example.com'])('is none in %j', (url) => {
    expect(targetOf(url)).toBeUndefined();
  });
});
