import { describe, expect, it } from 'vitest';
import { originCheck } from '../../src/server/origins.ts';

describe('by default', () => {
  const check = originCheck(undefined);

  it('who sends no Origin is no browser, and may connect', () => {
    expect(check(undefined, 'app.example.com')).toBeUndefined();
    expect(check(undefined, undefined)).toBeUndefined();
  });

  it.each([
    ['https://app.example.com', 'app.example.com'],
    ['http://app.example.com', 'app.example.com'],
    ['https://app.example.com', 'app.example.com:443'],
    ['http://app.example.com', 'app.example.com:80'],
    ['https://app.example.com:8443', 'app.example.com:8443'],
    ['https://App.Example.com', 'aPP.eXAMPLE.COM'],
    ['http://my_service:8080', 'my_service:8080'],
    ['http://[2001:db8::1]:8080', '[2001:DB8:0::1]:8080'],
    ['http://192.168.0.7', '192.168.0.7'],
  ])('a page of %s may connect to the same host, %s', (origin, host) => {
    expect(check(origin, host)).toBeUndefined();
  });

  it.each([
    ['http://localhost:5173', 'localhost:8000'],
    ['http://localhost:5173', '127.0.0.1:8000'],
    ['https://127.0.0.1', '[::1]:8000'],
    ['http://[::1]:3000', 'localhost'],
    ['http://127.9.9.9', 'localhost:1'],
    ['http://LOCALHOST:1', 'LocalHost:2'],
  ])('a page of this machine, %s, may connect to this machine, %s', (origin, host) => {
    expect(check(origin, host)).toBeUndefined();
  });

  it.each([
    ['https://evil.example', 'app.example.com'],
    ['https://app.example.com', undefined],
    ['https://app.example.com', ''],
    ['https://app.example.com:8443', 'app.example.com'],
    ['https://app.example.com', 'app.example.com:8443'],
    ['https://app.example.com', 'app.example.com:80'],
    ['https://app.example.com.evil.example', 'app.example.com'],
    ['https://evil-app.example.com', 'app.example.com'],
    ['https://app.example.com', 'evil@app.example.com'],
    ['https://app.example.com', 'app.example.com/'],
    ['https://app.example.com', 'app.example.com#x'],
    ['https://app.example.com', 'app.example.com\\x'],
    ['https://app.example.com', 'app.example.com, evil.example'],
    ['https://app.example.com', 'app.example.com:99999'],
    ['https://app.example.com', 'app.example.com:443:443'],
    ['https://app.example.com', 'app.example.com.'],
    ['http://localhost:5173', 'app.example.com'],
    ['https://evil.example', 'localhost:8000'],
    ['http://localhost.evil.example', 'localhost'],
    ['http://127.evil.example', '127.0.0.1'],
    ['http://127.0.0.1.nip.example', '127.0.0.1'],
    ['http://[::ffff:127.0.0.1]', 'localhost'],
    ['http://0.0.0.0', 'localhost'],
  ])('a page of %s may not connect to %s, and is told of allowedOrigins', (origin, host) => {
    expect(check(origin, host)).toMatch(/is not this host; list it in allowedOrigins.*behind a proxy/u);
  });

  it.each([
    'null',
    '',
    'undefined',
    'app.example.com',
    '//app.example.com',
    'https://',
    'https://user:pass@app.example.com',
    'https://app.example.com/',
    'https://app.example.com/path',
    'https://app.example.com?x',
    'https://app.example.com#x',
    'https://app.example.com\\',
    'https://app.example.com https://app.example.com',
    'https://app.example.com, https://app.example.com',
    ' https://app.example.com',
    'https://app.example.com:99999',
    'file://',
  ])('the origin %j tells no page from another, and is refused', (origin) => {
    expect(check(origin, 'app.example.com')).toMatch(/only a function allowedOrigins/u);
  });

  it.each(['chrome-extension://app.example.com', 'capacitor://localhost', 'ws://app.example.com'])(
    'the page of an app or extension, %s, is of no host',
    (origin) => {
      expect(check(origin, new URL(origin).host)).toMatch(/allowedOrigins/u);
    },
  );

  it('a refusal repeats neither userinfo nor anything unreadable, and no origin without end', () => {
    expect(check('https://ada:secret@evil.example', 'a.example')).not.toContain('secret');
    expect(check(`https://${'a'.repeat(5_000)}.example`, 'a.example')?.length).toBeLessThan(400);
  });
});

describe('a list', () => {
  const check = originCheck(['https://App.example.com', 'http://dev.example:8080/', 'chrome-extension://AbcDef']);

  it.each([
    'https://app.example.com',
    'HTTPS://APP.EXAMPLE.COM',
    'https://app.example.com:443',
    'http://dev.example:8080',
    'chrome-extension://abcdef',
  ])('lets %s in, whatever the Host header says', (origin) => {
    expect(check(origin, 'internal:3000')).toBeUndefined();
  });

  it.each([
    'http://app.example.com',
    'https://app.example.com:8443',
    'https://sub.app.example.com',
    'https://app.example.com.evil.example',
    'http://dev.example',
    'null',
  ])('keeps %s out, and names the option', (origin) => {
    expect(check(origin, 'app.example.com')).toContain('allowedOrigins');
  });

  it('stands in place of the default: neither the same host nor this machine is let in by itself', () => {
    expect(check('https://other.example', 'other.example')).toBeDefined();
    expect(check('http://localhost:1', 'localhost:2')).toBeDefined();
  });

  it('lets in who sends no Origin', () => {
    expect(check(undefined, 'app.example.com')).toBeUndefined();
  });

  it.each([
    '*',
    'https://*.example.com',
    'null',
    'app.example.com',
    'https://app.example.com/path',
    'https://a@b.example',
    '',
  ])('is refused where an entry is no origin: %j', (entry) => {
    expect(() => originCheck([entry])).toThrow(/give a function/u);
  });
});

describe('a function', () => {
  it('decides by itself about every origin, as it was sent', () => {
    const asked: string[] = [];
    const check = originCheck((origin) => {
      asked.push(origin);
      return origin === 'null';
    });
    expect(check('null', 'a.example')).toBeUndefined();
    expect(check('https://a.example', 'a.example')).toContain('function allowedOrigins');
    expect(check(undefined, 'a.example')).toBeUndefined();
    expect(asked).toEqual(['null', 'https://a.example']);
  });
});

it('a promise of a function allowedOrigins is no yes, whatever it would settle as', () => {
  const check = originCheck((() => Promise.reject(new Error('later'))) as never);
  expect(check('https://evil.example', 'app.example')).toMatch(/allowedOrigins .* has to return true/u);
  expect(originCheck((() => Promise.resolve(true)) as never)('https://evil.example', 'app.example')).toBeDefined();
});
