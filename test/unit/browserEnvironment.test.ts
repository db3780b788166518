import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createActor, SimulatedClock } from 'xstate';
import { browserEnvironment, provideConnection, type Environment } from '../../src/index.ts';
import { eventsOf, pathOf } from '../fixtures/events.ts';
import { fakeConnection, StagedNodeSocket, type Fake, type StagedSocket } from '../fixtures/stagedSocket.ts';
import { stopForRevival } from '../fixtures/strictMode.ts';

interface Heard {
  readonly type: string;
  readonly listener: (event: object) => void;
  readonly isCapturing: boolean;
  readonly isOnce: boolean;
}

/** Where events come from, and who listens. Capturing listeners first, as browsers have it since 2021. */
class Source {
  readonly #listeners = new Set<Heard>();

  readonly addEventListener = (
    type: string,
    listener: (event: object) => void,
    { capture = false, once = false }: { capture?: boolean; once?: boolean } = {},
  ): void => {
    this.#listeners.add({ type, listener, isCapturing: capture, isOnce: once });
  };

  readonly removeEventListener = (
    type: string,
    listener: (event: object) => void,
    { capture = false }: { capture?: boolean } = {},
  ): void => {
    for (const one of this.#listeners)
      if (one.type === type && one.listener === listener && one.isCapturing === capture) this.#listeners.delete(one);
  };

  fires(type: string, event: object = {}): void {
    for (const isCapturing of [true, false]) {
      for (const one of [...this.#listeners]) {
        if (one.type !== type || one.isCapturing !== isCapturing || !this.#listeners.has(one)) continue;
        if (one.isOnce) this.#listeners.delete(one);
        one.listener(event);
      }
    }
  }

  get listeners(): number {
    return this.#listeners.size;
  }
}

class FakeDocument extends Source {
  visibilityState = 'visible';

  becomes(visibility: 'visible' | 'hidden'): void {
    this.visibilityState = visibility;
    this.fires('visibilitychange');
    window.fires('visibilitychange');
  }
}

/** The page goes into the back/forward cache: `pagehide` first, then what is visible is hidden. WHATWG HTML §7.4.6.2. */
const leaves = (event: object = { persisted: true }): void => {
  window.fires('pagehide', event);
  if (document.visibilityState === 'visible') document.becomes('hidden');
};

let window: Source;
let document: FakeDocument;
let navigator: { onLine: unknown };

/** This process as a browser's page; in a worker there is no document. */
const stubBrowser = ({ isWorker = false } = {}): void => {
  vi.stubGlobal('addEventListener', window.addEventListener);
  vi.stubGlobal('removeEventListener', window.removeEventListener);
  vi.stubGlobal('navigator', navigator);
  if (!isWorker) vi.stubGlobal('document', document);
};

beforeEach(() => {
  window = new Source();
  document = new FakeDocument();
  navigator = { onLine: true };
});
afterEach(() => void vi.unstubAllGlobals());

type Told = Parameters<Parameters<Environment['start']>[0]>[0]['type'];

/** What is told from now on. */
const started = (): { readonly told: Told[]; readonly stop: () => void } => {
  const told: Told[] = [];
  const stop = browserEnvironment.start(({ type }) => told.push(type));
  return { told, stop };
};

describe('at its start the environment of a browser tells how things are', () => {
  test.each([
    ['a page that is seen, online', true, 'visible', ['page.resumed', 'network.online']],
    ['a page that is hidden, offline', false, 'hidden', ['page.hidden', 'network.offline']],
    ['a page of a browser that does not know', undefined, 'visible', ['page.resumed']],
  ] as const)('%s', (_, onLine, visibility, expected) => {
    navigator.onLine = onLine;
    document.visibilityState = visibility;
    stubBrowser();
    expect(started().told).toEqual(expected);
  });

  test('and reads it anew each time', () => {
    stubBrowser();
    started().stop();
    navigator.onLine = false;
    document.visibilityState = 'hidden';
    expect(started().told).toEqual(['page.hidden', 'network.offline']);
  });
});

describe('the environment of a browser tells', () => {
  const cases: readonly (readonly [what: string, happens: () => void, told: readonly Told[]])[] = [
    ['that the network is back', () => window.fires('online'), ['network.online']],
    ['that the network is away', () => window.fires('offline'), ['network.offline']],
    ['that the page is hidden', () => document.becomes('hidden'), ['page.hidden']],
    ['that the page is seen again', () => document.becomes('visible'), ['page.resumed']],
    ['nothing of a page that freezes', () => document.fires('freeze'), []],
    ['that a page is thawed', () => document.fires('resume'), ['page.resumed']],
    ['that it goes into the back/forward cache', () => leaves(), ['page.hidden', 'page.left']],
    ['that it comes back from there', () => window.fires('pageshow', { persisted: true }), ['page.resumed']],
    ['that it is left, where it is not said for how long', () => leaves({}), ['page.hidden', 'page.left']],
    ['nothing of a page that is unloaded', () => window.fires('pagehide', { persisted: false }), []],
    ['nothing of a page that is shown for the first time', () => window.fires('pageshow', { persisted: false }), []],
  ];

  test.each(cases)('%s', (_, happens, expected) => {
    stubBrowser();
    const { told } = started();
    told.length = 0;
    happens();
    expect(told).toEqual(expected);
  });

  test('that a page thawed in the background is hidden all the same', () => {
    document.visibilityState = 'hidden';
    stubBrowser();
    const { told } = started();
    told.length = 0;
    document.fires('resume');
    expect(told).toEqual(['page.resumed', 'page.hidden']);
  });
});

test('no listener is left when it is stopped', () => {
  stubBrowser();
  const { stop } = started();
  expect([window.listeners, document.listeners]).toEqual([4, 2]);
  stop();
  expect([window.listeners, document.listeners]).toEqual([0, 0]);
});

test('in a worker it tells of the network alone', () => {
  stubBrowser({ isWorker: true });
  const { told, stop } = started();
  window.fires('offline');
  expect(told).toEqual(['network.online', 'network.offline']);
  expect(window.listeners).toBe(2);
  stop();
  expect(window.listeners).toBe(0);
});

test.each([
  ['Node', {}],
  ['Node, from 21 on', { navigator: { hardwareConcurrency: 8 } }],
  ['React Native', { window: globalThis, navigator: { product: 'ReactNative' } }],
])('in %s it does nothing', (_, globals) => {
  for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
  const { told, stop } = started();
  stop();
  expect(told).toEqual([]);
});

describe('a connection', () => {
  const opened = (options: Parameters<typeof fakeConnection>[0] = {}): Fake<StagedNodeSocket> => {
    const fake = fakeConnection({ heartbeat: 'auto', ...options }, StagedNodeSocket);
    fake.connection.connect();
    fake.socket.opens();
    fake.socket.pongs();
    return fake;
  };
  const pathNow = ({ connection }: Fake<StagedNodeSocket>): string => pathOf(connection.getSnapshot().value);
  const facts = ({ connection }: Fake<StagedSocket>) => {
    const { isOnline, isHidden } = connection.getSnapshot().context;
    return { isOnline, isHidden };
  };

  test('listens by default from connect() on, and no longer than it has something to do', () => {
    stubBrowser();
    const fake = fakeConnection({ heartbeat: 'auto' }, StagedNodeSocket);
    expect(window.listeners).toBe(0);
    fake.connection.connect();
    expect([window.listeners, document.listeners]).toEqual([4, 2]);
    fake.socket.ends();
    fake.clock.increment(1_000);
    expect([window.listeners, document.listeners]).toEqual([4, 2]);
    fake.connection.disconnect();
    expect([window.listeners, document.listeners]).toEqual([0, 0]);
  });

  test('finds out at connect() where it is, not when it is made', () => {
    const fake = fakeConnection();
    stubBrowser();
    navigator.onLine = false;
    fake.connection.connect();
    expect(facts(fake)).toEqual({ isOnline: false, isHidden: false });
  });

  test('listens to nothing but the environment it is given', () => {
    stubBrowser();
    const start = vi.fn(() => () => undefined);
    opened({ environment: { start } });
    expect(start).toHaveBeenCalledOnce();
    expect(window.listeners).toBe(0);
  });

  test('hears of nothing that is as it took it to be', () => {
    stubBrowser();
    const fake = opened();
    expect(fake.connection.history().map(({ event }) => event)).not.toContain('network.online');
    expect(fake.connection.history().map(({ event }) => event)).not.toContain('page.resumed');
  });

  test('that knew the network as away when it hung up learns at connect() that it is back', () => {
    stubBrowser();
    const fake = opened();
    window.fires('offline');
    fake.connection.disconnect();
    fake.socket.ends({ code: 1000 });
    expect(facts(fake).isOnline).toBe(false);
    fake.connection.connect();
    expect(facts(fake).isOnline).toBe(true);
  });

  test('is not hurried where its actor is stopped and started again in between', () => {
    stubBrowser();
    const fake = opened({ random: () => 0 });
    fake.socket.ends();
    stopForRevival(fake.connection.actor);
    expect(window.listeners).toBe(0);
    fake.connection.actor.start();
    expect(window.listeners).toBe(4);
    expect(pathNow(fake)).toBe('backoff.waiting');
    expect(fake.connection.getSnapshot().context).toMatchObject({ isHurried: false, retryDelayMs: 1_000 });
  });

  test('is hurried where the network came back while its actor was stopped', () => {
    stubBrowser();
    navigator.onLine = false;
    const fake = opened({ random: () => 0 });
    fake.socket.ends();
    expect(pathNow(fake)).toBe('backoff.offline');
    stopForRevival(fake.connection.actor);
    navigator.onLine = true;
    fake.connection.actor.start();
    expect(fake.connection.getSnapshot().context).toMatchObject({ isOnline: true, isHurried: true });
  });

  test('goes on where the page came back while its actor was stopped', () => {
    stubBrowser();
    const fake = opened();
    leaves();
    stopForRevival(fake.connection.actor);
    document.visibilityState = 'visible';
    fake.connection.actor.start();
    expect(pathNow(fake)).toBe('connecting.handshaking');
  });

  test('that is restored from a snapshot waits as long as it had to', () => {
    stubBrowser();
    const before = opened();
    before.socket.ends();
    const snapshot = before.connection.actor.getPersistedSnapshot();
    before.connection.dispose();
    const clock = new SimulatedClock();
    const machine = provideConnection({ url: 'ws://fake.test/', WebSocket: StagedNodeSocket, random: () => 0 });
    const actor = createActor(machine, { snapshot, clock }).start();
    onTestFinished(() => void actor.stop());
    expect(window.listeners).toBe(4);
    expect(actor.getSnapshot().context).toMatchObject({ isHurried: false, retryDelayMs: 1_000 });
  });

  test('is hurried, at a moment of chance, when the network is back and when the page is seen again', () => {
    stubBrowser();
    for (const comesBack of [() => window.fires('online'), () => document.becomes('visible')]) {
      const fake = opened({ random: () => 0.25, retry: { baseMs: 4_000, jitter: 'none' } });
      fake.socket.ends();
      comesBack();
      expect(fake.connection.getSnapshot().context).toMatchObject({ isHurried: true, retryDelayMs: 1_000 });
      fake.connection.dispose();
    }
  });

  test('waits in backoff.offline where the browser says so, and goes on when the network is back', () => {
    stubBrowser();
    navigator.onLine = false;
    const fake = fakeConnection();
    fake.connection.connect();
    fake.socket.ends();
    expect(pathOf(fake.connection.getSnapshot().value)).toBe('backoff.offline');
    window.fires('online');
    expect(pathOf(fake.connection.getSnapshot().value)).toBe('backoff.waiting');
  });

  test('lets its socket go for the back/forward cache, and is there again when the page is', () => {
    stubBrowser();
    const fake = opened();
    const lost = eventsOf(fake.connection, 'lost');
    const left = fake.socket;
    leaves();
    document.becomes('hidden');
    expect(left.closes.map(({ code }) => code)).toContain(1000);
    expect(left.isMuted).toBe(true);
    expect(pathNow(fake)).toBe('backoff.suspended');
    fake.clock.increment(3_600_000);
    expect(fake.sockets).toHaveLength(1);

    window.fires('pageshow', { persisted: true });
    document.becomes('visible');
    expect(pathNow(fake)).toBe('connecting.handshaking');
    expect(facts(fake)).toEqual({ isOnline: true, isHidden: false });
    expect(lost).toHaveLength(1);
    fake.socket.opens();
    fake.socket.pongs();
    expect(pathNow(fake)).toBe('open.quiet');
  });

  test.each([
    ['of the page that is hidden then', 'visible', () => document, 'visibilitychange'],
    ['of the same, on window', 'visible', () => window, 'visibilitychange'],
    ['of the page that is left', 'visible', () => window, 'pagehide'],
    ['of the page that is left, and was hidden before', 'hidden', () => window, 'pagehide'],
  ] as const)('still sends what a listener says at last: %s', (_, visibility, source, type) => {
    document.visibilityState = visibility;
    stubBrowser();
    const fake = opened();
    const said: string[] = [];
    source().addEventListener(type, () => void said.push(fake.connection.send('bye')));
    leaves();
    expect(said).toEqual(['sent']);
    expect(fake.socket.sent).toContain('bye');
    expect(pathNow(fake)).toBe('backoff.suspended');
  });

  test('whose page comes back before it was hidden keeps its socket when it is hidden later', () => {
    stubBrowser();
    const fake = opened();
    window.fires('pagehide', { persisted: true });
    window.fires('pageshow', { persisted: true });
    document.becomes('hidden');
    expect(pathNow(fake)).toMatch(/^open/u);
  });

  test('whose page was hidden all along knows that after it is back', () => {
    stubBrowser();
    const fake = opened();
    document.becomes('hidden');
    leaves();
    window.fires('pageshow', { persisted: true });
    expect(facts(fake).isHidden).toBe(true);
  });

  test('is not troubled by an environment that can be neither started nor stopped', () => {
    const reportError = vi.fn();
    vi.stubGlobal('reportError', reportError);
    onTestFinished(() => void vi.unstubAllGlobals());
    const start = (): (() => void) => {
      throw new Error('no start');
    };
    const fake = opened({ environment: { start } });
    expect(pathNow(fake)).toBe('open.quiet');
    expect(reportError).toHaveBeenCalledOnce();
  });
});
