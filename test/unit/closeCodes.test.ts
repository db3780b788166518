import { describe, expect, test, vi } from 'vitest';
import { closeCodeOfStatus, OVERLOAD_FACTOR, retryAfterOf, verdictOf } from '../../machines/closeCodes.ts';
import type { Attempt, ConnectionOptions, Verdict } from '../../src/index.ts';
import { StagedNodeSocket, fakeConnection, type Fake, type StagedSocket } from '../fixtures/stagedSocket.ts';

const FATAL = [1002, 1003, 1007, 1008, 1010, 4400, 4403, 4409];
const OVERLOAD = [1013, 4429, 4503];
const OTHERS = [1000, 1001, 1005, 1006, 1009, 1011, 1012, 1014, 1015, 3000, 4000, 4402, 4404, 4500, 4999];

type Options = Partial<ConnectionOptions<unknown, unknown>>;

/** The state, and in backoff the planned delay as well. */
function outcomeOf({ connection }: Fake<StagedSocket>, end: () => void): string {
  const delays: number[] = [];
  const stop = connection.on('retrying', ({ delayMs }) => delays.push(delayMs));
  end();
  stop();
  return [connection.state, ...delays].join(' ');
}

/** A connection that was open, after its peer has closed. */
function closed(code: number, reason = '', options: Options = {}): { outcome: string; fake: Fake<StagedSocket> } {
  const fake = fakeConnection(options);
  fake.connection.connect();
  fake.socket.opens();
  return { outcome: outcomeOf(fake, () => fake.socket.ends({ code, reason, wasClean: true })), fake };
}

describe('a close after the socket had opened', () => {
  test.each(FATAL)('%i ends it: a retry would end the same way', async (code) => {
    const { outcome, fake } = closed(code, 'no');
    expect(outcome).toBe('failed');
    await expect(fake.connection.opened()).rejects.toMatchObject({
      code: 'fatal-close',
      cause: { code, reason: 'no', wasClean: true },
    });
    expect(verdictOf(code)).toBe('fail');
  });

  test.each(OVERLOAD)('%i is followed by a delay five times as long', (code) => {
    expect(OVERLOAD_FACTOR).toBe(5);
    expect(closed(code).outcome).toBe('backoff 5000');
    expect(verdictOf(code)).toBe('retry');
  });

  test.each(OTHERS)('%i is worth a retry', (code) => {
    expect(closed(code).outcome).toBe('backoff 1000');
    expect(verdictOf(code)).toBe('retry');
  });

  test('but never longer than the cap', () => {
    expect(closed(1013, '', { retry: { baseMs: 1_000, capMs: 4_000, jitter: 'none' } }).outcome).toBe('backoff 4000');
  });

  test('only the first delay is five times as long', () => {
    const { outcome, fake } = closed(1013);
    expect(outcome).toBe('backoff 5000');
    fake.clock.increment(5_000);
    expect(outcomeOf(fake, () => fake.socket.ends({ code: 1006 }))).toBe('backoff 2000');
  });
});

describe('4401 asks for fresh credentials', () => {
  test('and ends it where nobody can bring any', async () => {
    const { outcome, fake } = closed(4401);
    expect(outcome).toBe('failed');
    await expect(fake.connection.opened()).rejects.toMatchObject({ code: 'unauthorized', cause: { code: 4401 } });
  });

  const asked: Attempt[] = [];
  test.each<[string, Options]>([
    ['url', { url: (attempt) => (asked.push(attempt), 'ws://fake.test/') }],
    ['protocols', { protocols: (attempt) => (asked.push(attempt), undefined) }],
  ])('of the provider %s, which is told why', async (_, options) => {
    asked.length = 0;
    const fake = fakeConnection(options);
    const { connection, clock } = fake;
    const open = async (sockets: number): Promise<void> => {
      await vi.waitUntil(() => fake.sockets.length === sockets);
      fake.socket.opens();
    };
    connection.connect();
    await open(1);
    fake.socket.ends({ code: 4401 });
    expect(connection.state).toBe('backoff');
    clock.increment(1_000);
    expect(asked.map(({ reason }) => reason)).toEqual(['first', 'unauthorized']);

    await open(2);
    fake.socket.ends({ code: 4401 });
    expect(connection.state, 'the second one before it had been stable').toBe('failed');
    await expect(connection.opened()).rejects.toMatchObject({ code: 'unauthorized' });
  });

  test('again, once the connection has been stable in between', async () => {
    const fake = fakeConnection({ url: () => 'ws://fake.test/', stableAfterMs: 5_000 });
    fake.connection.connect();
    for (const sockets of [1, 2, 3]) {
      await vi.waitUntil(() => fake.sockets.length === sockets);
      fake.socket.opens();
      fake.clock.increment(5_000);
      fake.socket.ends({ code: 4401 });
      expect(fake.connection.state).toBe('backoff');
      fake.clock.increment(1_000);
    }
  });
});

describe('a close before the socket had opened is a failed attempt', () => {
  test.each([...FATAL, 4401, ...OTHERS])('also with code %i', (code) => {
    const fake = fakeConnection();
    fake.connection.connect();
    fake.socket.ends({ code });
    expect(fake.connection.state).toBe('backoff');
  });

  test('and no verdict is asked for: its code does not say what the peer thinks', () => {
    const verdict = vi.fn(() => 'fail' as const);
    const fake = fakeConnection({ verdict });
    fake.connection.connect();
    expect(outcomeOf(fake, () => fake.socket.ends({ code: 1000 }))).toBe('backoff 1000');
    expect(verdict).not.toHaveBeenCalled();
  });
});

describe('a refused upgrade, where the socket tells its status', () => {
  const refused = (statusCode: number, headers: Record<string, string> = {}, options: Options = {}): string => {
    const fake = fakeConnection(options, StagedNodeSocket);
    fake.connection.connect();
    const request = { destroy: () => undefined };
    return outcomeOf(fake, () => fake.socket.emits('unexpected-response', request, { statusCode, headers }));
  };

  test.each([
    [401, 4401, 'failed'],
    [403, 4403, 'failed'],
    [429, 4429, 'backoff 5000'],
    [503, 4503, 'backoff 5000'],
    [404, undefined, 'backoff 1000'],
    [500, undefined, 'backoff 1000'],
    [502, undefined, 'backoff 1000'],
  ])('%i counts as %s: %s', (status, code, outcome) => {
    expect(closeCodeOfStatus(status)).toBe(code);
    expect(refused(status)).toBe(outcome);
  });

  test.each([
    ['7', 'backoff 7000'],
    ['0', 'backoff 1000'],
    ['Sun, 06 Nov 1994 08:51:07 GMT', 'backoff 90000'],
    ['Sunday, 06-Nov-94 08:51:07 GMT', 'backoff 90000'],
    ['Sun Nov  6 08:51:07 1994', 'backoff 90000'],
    ['Sun, 06 Nov 1994 08:00:00 GMT', 'backoff 1000'],
  ])('Retry-After: %s is a floor under the delay: %s', (value, outcome) => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(1994, 10, 6, 8, 49, 37) });
    expect(refused(502, { 'retry-after': value })).toBe(outcome);
    vi.useRealTimers();
  });

  test.each(['-5', '1.5', '+7', '1e3', '0x10', 'soon', 'in 7 seconds', 'Nov 6 2099', '2099-11-06', ''])(
    'Retry-After: %s is no hint',
    (value) => {
      const fake = fakeConnection({}, StagedNodeSocket);
      fake.connection.connect();
      const request = { destroy: () => undefined };
      const headers = { 'retry-after': value };
      fake.socket.emits('unexpected-response', request, { statusCode: 502, headers });
      expect(fake.connection.getSnapshot().context).toMatchObject({ retryDelayMs: 1_000, hintMs: null, hinted: 0 });
    },
  );
});

describe('retry-after=<ms> in the close reason', () => {
  test.each([
    ['retry-after=500', 500],
    ['busy; retry-after=8000', 8_000],
    ['retry-after=8000, sorry', 8_000],
    ['retry-after=0', 0],
    ['retry-after=', undefined],
    ['retry-after=-1', undefined],
    ['retry-after=1e3', undefined],
    ['retry-after=2.5', undefined],
    ['xretry-after=5', undefined],
    ['retry-after=12345678901', 12_345_678_901],
    ['later', undefined],
    ['', undefined],
  ])('"%s" says %s', (reason, hintMs) => {
    expect(retryAfterOf(reason)).toBe(hintMs);
  });

  test('is a floor under the delay of the attempt or of an overload, and never shortens it', () => {
    expect(closed(1012, 'retry-after=8000').outcome).toBe('backoff 8000');
    expect(closed(1012, 'retry-after=100').outcome).toBe('backoff 1000');
    expect(closed(1013, 'retry-after=100').outcome).toBe('backoff 5000');
  });

  test('has jitter on top of it, never under it', () => {
    const retry = { baseMs: 1_000, jitter: 'full' } as const;
    expect(closed(1012, 'retry-after=8000', { retry, random: () => 0 }).outcome).toBe('backoff 8000');
    expect(closed(1012, 'retry-after=8000', { retry, random: () => 0.5 }).outcome).toBe('backoff 8500');
  });

  test('is heeded for `retry.hintCapMs` at the most, and the sentence says that the server asked for more', () => {
    const { outcome, fake } = closed(1012, 'retry-after=3600000');
    expect(outcome).toBe('backoff 300000');
    expect(fake.connection.explain()).toBe(
      'next attempt in 300 s, because the peer closed with 1012 "retry-after=3600000"; the server asked for 3600 s, more than retry.hintCapMs',
    );
    const retry = { baseMs: 1_000, jitter: 'none', hintCapMs: 20_000 } as const;
    expect(closed(1012, 'retry-after=20000', { retry }).fake.connection.explain()).not.toContain('asked');
    expect(closed(1012, 'retry-after=20001', { retry }).outcome).toBe('backoff 20000');
  });

  test('does not rescue a fatal code', () => {
    expect(closed(1008, 'retry-after=10').outcome).toBe('failed');
  });
});

describe('the verdict of the application', () => {
  test.each<[Verdict | undefined, number, string]>([
    ['retry', 1008, 'backoff 1000'],
    ['fail', 1000, 'failed'],
    ['refresh', 1000, 'failed'],
    [{ retryAfterMs: 70 }, 1008, 'backoff 1000'],
    [{ retryAfterMs: 7_000 }, 1008, 'backoff 7000'],
    [{ retryAfterMs: -1 }, 1008, 'backoff 1000'],
    [{ retryAfterMs: Infinity }, 1008, 'backoff 1000'],
    [undefined, 1008, 'failed'],
    [undefined, 1013, 'backoff 5000'],
    [undefined, 1000, 'backoff 1000'],
  ])('%j goes before the table for %i: %s', (verdict, code, outcome) => {
    const asked = vi.fn(() => verdict);
    expect(closed(code, 'why', { verdict: asked }).outcome).toBe(outcome);
    expect(asked).toHaveBeenCalledExactlyOnceWith({ code, reason: 'why', wasClean: true });
  });

  test('leaves it to the table where it throws, and the error is reported', () => {
    const reported = vi.fn();
    vi.stubGlobal('reportError', reported);
    const error = new Error('no verdict');
    const verdict = (): never => {
      throw error;
    };
    expect(closed(1008, '', { verdict }).outcome).toBe('failed');
    vi.unstubAllGlobals();
    expect(reported).toHaveBeenCalledExactlyOnceWith(error);
  });
});
