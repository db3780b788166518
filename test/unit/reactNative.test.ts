import { describe, expect, test } from 'vitest';
import { reactNativeEnvironment, type NetInfoStateLike } from '../../src/reactNative/index.ts';
import { pathOf } from '../fixtures/events.ts';
import { fakeConnection, StagedNodeSocket } from '../fixtures/stagedSocket.ts';

/** `AppState` as React Native has it, and how the test moves it. */
class FakeAppState {
  currentState: string | null = 'active';
  readonly #listeners = new Set<(state: string) => void>();

  get listeners(): number {
    return this.#listeners.size;
  }

  addEventListener(_: 'change', listener: (state: string) => void): { remove(): void } {
    this.#listeners.add(listener);
    return { remove: () => void this.#listeners.delete(listener) };
  }

  becomes(state: string): void {
    this.currentState = state;
    for (const listener of this.#listeners) listener(state);
  }
}

/** NetInfo: tells what it knows at once, or as soon as it knows anything. */
class FakeNetInfo {
  readonly #listeners = new Set<(state: NetInfoStateLike) => void>();
  #state: NetInfoStateLike | undefined;

  constructor(state?: NetInfoStateLike) {
    this.#state = state;
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  // As a property: people hand the functions of a module over, which have no `this`.
  readonly addEventListener = (listener: (state: NetInfoStateLike) => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#state !== undefined) listener(this.#state);
    return () => void this.#listeners.delete(listener);
  };

  becomes(state: NetInfoStateLike): void {
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }
}

const wifi = { isConnected: true, isInternetReachable: true, type: 'wifi' };
const cellular = { isConnected: true, isInternetReachable: true, type: 'cellular' };
const none = { isConnected: false, isInternetReachable: false, type: 'none' };
const unknown = { isConnected: null, isInternetReachable: null, type: 'unknown' };

/** Its environment, started, and what it tells from then on. */
function started(AppState: FakeAppState, NetInfo?: FakeNetInfo) {
  const told: string[] = [];
  const stop = reactNativeEnvironment({ AppState, NetInfo }).start(({ type }) => told.push(type));
  return { told, stop };
}

describe('the app', () => {
  test.each([
    ['active', 'page.resumed'],
    ['inactive', 'page.resumed'],
    ['background', 'page.hidden'],
    [null, 'page.resumed'],
  ])('that is %s at the start is told as %s', (state, expected) => {
    const app = new FakeAppState();
    app.currentState = state;
    expect(started(app).told).toEqual([expected]);
  });

  test('is hidden in the background, and resumed from there', () => {
    const app = new FakeAppState();
    const { told } = started(app);
    told.length = 0;
    for (const state of ['inactive', 'background', 'inactive']) app.becomes(state);
    expect(told).toEqual(['page.hidden']);
    app.becomes('active');
    expect(told).toEqual(['page.hidden', 'page.resumed']);
  });

  test('that was only inactive is not resumed', () => {
    const app = new FakeAppState();
    const { told } = started(app);
    told.length = 0;
    for (const state of ['inactive', 'active', 'unknown', 'active']) app.becomes(state);
    expect(told).toEqual([]);
  });
});

describe('the network', () => {
  const cases: readonly (readonly [what: string, states: readonly NetInfoStateLike[], told: readonly string[]])[] = [
    ['away, and back', [none, wifi], ['network.offline', 'network.online']],
    ['told twice', [wifi, wifi, none, none], ['network.offline']],
    ['not known', [unknown, wifi], []],
    ['another one', [cellular], ['network.online']],
    ['there, and some other address out of reach', [{ ...wifi, isInternetReachable: false } as NetInfoStateLike], []],
  ];
  test.each(cases)('%s', (_, states, expected) => {
    const net = new FakeNetInfo(wifi);
    const { told } = started(new FakeAppState(), net);
    expect(told.splice(0)).toEqual(['page.resumed', 'network.online']);
    for (const state of states) net.becomes(state);
    expect(told).toEqual(expected);
  });

  test('that is told as there only later is taken to be there from the start, and nothing is told anew', () => {
    const net = new FakeNetInfo();
    const { told } = started(new FakeAppState(), net);
    expect(told.splice(0)).toEqual(['page.resumed', 'network.online']);
    net.becomes(wifi);
    expect(told).toEqual([]);
    net.becomes(cellular);
    expect(told).toEqual(['network.online']);
  });

  test('that is told as away only later is', () => {
    const net = new FakeNetInfo(unknown);
    const { told } = started(new FakeAppState(), net);
    net.becomes(none);
    expect(told.at(-1)).toBe('network.offline');
  });

  test('is nothing to tell of without NetInfo', () => {
    expect(started(new FakeAppState()).told).toEqual(['page.resumed']);
  });
});

test('no listener is left when it is stopped', () => {
  const [app, net] = [new FakeAppState(), new FakeNetInfo(wifi)];
  const { stop } = started(app, net);
  expect([app.listeners, net.listeners]).toEqual([1, 1]);
  stop();
  expect([app.listeners, net.listeners]).toEqual([0, 0]);
});

describe("wrong modules throw 'invalid-option' and say what to import", () => {
  test.each([
    ['nothing', undefined, "AppState: that of react-native; import { AppState } from 'react-native'"],
    ['no AppState', { NetInfo: new FakeNetInfo() }, 'AppState: that of react-native'],
    ['another AppState', { AppState: {} }, 'AppState: that of react-native'],
    [
      'another NetInfo',
      { AppState: new FakeAppState(), NetInfo: { fetch: () => wifi } },
      'NetInfo: that of @react-nat',
    ],
  ])('%s', (_, modules, message) => {
    expect(() => reactNativeEnvironment(modules as never)).toThrow(
      expect.objectContaining({
        name: 'ConnectionError',
        code: 'invalid-option',
        message: expect.stringContaining(message) as string,
      }) as Error,
    );
  });
});

describe('a connection of an app', () => {
  const opened = (net = new FakeNetInfo(wifi)) => {
    const app = new FakeAppState();
    const environment = reactNativeEnvironment({ AppState: app, NetInfo: net });
    const fake = fakeConnection({ heartbeat: 'auto', environment, random: () => 0.25 }, StagedNodeSocket);
    fake.connection.connect();
    fake.socket.opens();
    fake.socket.pongs();
    return { app, net, fake, path: () => pathOf(fake.connection.getSnapshot().value) };
  };

  test('asks its peer when it comes back from the background, and at a change of network', () => {
    const { app, net, fake, path } = opened();
    expect(fake.socket.pings).toHaveLength(1);
    app.becomes('background');
    expect(path()).toBe('open.quiet');
    app.becomes('active');
    expect(path()).toBe('open.probing');
    fake.socket.pongs();
    net.becomes(cellular);
    expect(path()).toBe('open.probing');
    expect(fake.socket.pings).toHaveLength(3);
  });

  test('is hurried by a network that comes back, and by none that was there', () => {
    const { net, fake, path } = opened();
    fake.socket.ends();
    expect(fake.connection.getSnapshot().context.isHurried).toBe(false);
    net.becomes(none);
    expect(path()).toBe('backoff.offline');
    net.becomes(wifi);
    expect(fake.connection.getSnapshot().context).toMatchObject({ isHurried: true, retryDelayMs: 250 });
  });
});
