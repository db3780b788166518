/** What the heartbeat does in an hour, against every kind of server: the rows of a table, on simulated time. */
import { createConnection, type Connection, type ConnectionOptions, type StateName } from '../../src/index.ts';
import {
  createSimulatedNetwork,
  seededRandom,
  SimulatedClock,
  type FakeSocketClass,
  type SimulatedNetwork,
} from '../../src/testing/index.ts';
import { SUBPROTOCOL } from '../../src/protocol/topicFrames.ts';
import { Page } from './page.ts';
import { drainingOnce, readingNoMore } from './heartbeatServers.ts';
import { asInBun, asInReactNative } from './heartbeatSockets.ts';
import { createSite, messageOf, serverKinds, type ServerKind, type ServerKindName, type Site } from './servers.ts';

const URL = 'ws://server.test/live';
export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
const LATENCY_MS = 20;

/** One client of one server, and what becomes of it. */
export interface Case {
  readonly server: ServerKindName | ServerKind['behave'];
  /** `ws`: sockets with pings of the protocol. */
  readonly sockets: 'ws' | 'browser';
  /** Makes of them those of another platform. */
  readonly dress?: (Base: FakeSocketClass) => FakeSocketClass;
  readonly options: Partial<ConnectionOptions>;
  readonly befall?: (stage: Stage) => void;
}

/** Where things befall a client while its hour runs. */
export interface Stage {
  /** The time of the world. */
  readonly clock: SimulatedClock;
  readonly network: SimulatedNetwork;
  readonly site: Site;
  /** What the client lives in; its time may be another. */
  readonly page: Page;
  readonly connection: Connection;
  /** When the client woke up, in the time of the world. Unit ms. */
  wokenAt: number;
  /** Sends a message besides the one of each minute. */
  readonly send: (message: unknown) => void;
}

/** How its hour was. */
export interface Row {
  /** That it dialled. */
  readonly sockets: number;
  /** Those that it gave up for silence while peer and link were alive. */
  readonly falseDeaths: number;
  /** For each peer or link that died: until the client left it, counted from its waking where it had slept. Unit ms. */
  readonly noticedAfterMs: readonly number[];
  /** Messages that were sent, one in a minute of the client's time and what else befell it, and those that the server took up. */
  readonly sent: number;
  readonly heard: number;
  readonly confirmed: number;
  readonly warned: readonly { readonly code: string; readonly message: string }[];
  /** At the end of the hour. */
  readonly state: StateName;
}

/** Runs a case for a simulated hour; the same every time. */
export function runHour({ server, sockets, dress = (Base) => Base, options, befall }: Case): Row {
  const clock = new SimulatedClock();
  const network = createSimulatedNetwork({ clock, latencyMs: LATENCY_MS, hasPing: sockets === 'ws' });
  const site = createSite(clock, seededRandom(1));
  const behave: ServerKind['behave'] = typeof server === 'string' ? serverKinds[server].behave : server;
  network.serve(URL, (peer) => {
    behave(peer, site);
    return undefined;
  });
  const page = new Page(clock, () => undefined);
  const connection = createConnection({
    url: URL,
    WebSocket: inPage(dress(network.WebSocket), page),
    clock: page.clock,
    environment: page.environment,
    random: seededRandom(2),
    ...options,
  });
  let sent = 0;
  const send = (message: unknown): void => {
    sent++;
    connection.send(message);
  };
  const stage: Stage = { clock, network, site, page, connection, wokenAt: 0, send };
  const watched = watch(stage);
  connection.connect();
  const sendNext = (): void => {
    page.clock.setTimeout(sendNext, MINUTE_MS);
    send(messageOf(sent));
  };
  page.clock.setTimeout(sendNext, MINUTE_MS / 2);
  befall?.(stage);
  clock.advance(60 * MINUTE_MS);
  const { state } = connection;
  const { sockets: made, outcomes } = connection.stats();
  connection.dispose();
  return { ...watched(), sockets: made, sent, heard: site.heard.length, confirmed: outcomes.confirmed, state };
}

/** Notes what the connection says, and which sockets it gives up for silence. */
function watch(stage: Stage): () => Pick<Row, 'falseDeaths' | 'noticedAfterMs' | 'warned'> {
  const { connection, clock, site } = stage;
  const warned: Row['warned'][number][] = [];
  const noticedAfterMs: number[] = [];
  let falseDeaths = 0;
  connection.on('warned', (warning) => warned.push(warning));
  connection.on('state', ({ state }) => {
    const { trouble } = connection.getSnapshot().context;
    const isLeft = state === 'backoff' || state === 'failed';
    if (!isLeft || (trouble !== 'silent' && trouble !== 'unproven')) return;
    // Whoever died is left before the next one can die.
    const diedAt = site.deaths[noticedAfterMs.length];
    if (diedAt === undefined) falseDeaths++;
    else noticedAfterMs.push(clock.now() - Math.max(diedAt, stage.wokenAt));
  });
  return () => ({ falseDeaths, noticedAfterMs, warned });
}

const arrivals = ['opens', 'receives', 'pongs', 'errs', 'ends'] as const;
type Arrivals = Partial<Record<(typeof arrivals)[number], (...args: unknown[]) => void>>;

/** Sockets in a page: it hears of them when it can. */
function inPage(Base: FakeSocketClass, page: Page): FakeSocketClass {
  return class extends Base {
    constructor(...target: ConstructorParameters<FakeSocketClass>) {
      super(...target);
      for (const name of arrivals) {
        const arrive = (this as Arrivals)[name]?.bind(this);
        const value = (...args: unknown[]): void => page.task(() => arrive?.(...args));
        if (arrive !== undefined) Object.defineProperty(this, name, { value });
      }
    }
  };
}

export const overWs = (server: Case['server'], rest: Partial<Case> = {}): Case => ({
  server,
  sockets: 'ws',
  options: {},
  ...rest,
});
const inBrowser = (server: Case['server'], rest: Partial<Case> = {}): Case => ({
  server,
  sockets: 'browser',
  options: { heartbeat: {} },
  ...rest,
});

/** As browsers do to tabs in the background: timers fire only on the minute; what comes from the network comes in time. */
const throttled = ({ page }: Stage): void => page.throttle(MINUTE_MS);

/** Nothing of the page runs for 20 minutes, from the moment when a ping is out; at its thaw the overdue timers fire before anything is heard. */
function frozen({ clock, page, connection }: Stage): void {
  let isOver = false;
  connection.subscribe((snapshot) => {
    if (isOver || clock.now() < 10 * MINUTE_MS || !snapshot.matches({ open: 'probing' })) return;
    isOver = true;
    page.freeze('timers');
    clock.setTimeout(() => page.thaw(), 20 * MINUTE_MS);
  });
}

/** The lid is shut for 20 minutes: the client's clock and socket stand still. */
const asleep =
  ({ isLinkDead, isTold }: { isLinkDead: boolean; isTold: boolean }) =>
  (stage: Stage): void => {
    const { clock, network, site, page } = stage;
    clock.setTimeout(() => page.sleep(), 10 * MINUTE_MS);
    if (isLinkDead) {
      clock.setTimeout(() => {
        network.inject({ type: 'halfOpen', on: 'existing' });
        site.deaths.push(clock.now());
      }, 20 * MINUTE_MS);
    }
    clock.setTimeout(() => {
      stage.wokenAt = clock.now();
      page.thaw();
      if (isTold) page.report({ type: 'page.resumed' });
    }, 30 * MINUTE_MS);
  };

/** Every case, by what it is. */
export const cases = {
  'answering, ws': overWs('answering'),
  'answering, browser': inBrowser('answering'),
  'tokenless, browser': inBrowser('tokenless'),
  'out of band, ws': overWs('outOfBand'),
  'out of band, browser': inBrowser('outOfBand'),
  'echo, ws': overWs('echo'),
  'echo, browser': inBrowser('echo'),
  'chat, ws': overWs('chat'),
  'chat, browser': inBrowser('chat'),
  'silent, ws': overWs('silent'),
  'silent, browser': inBrowser('silent'),
  'streaming for 10 min, ws': overWs('streaming'),
  'streaming for 10 min, browser': inBrowser('streaming'),
  'dying every 10 min, ws': overWs('dying'),
  'dying every 10 min, browser': inBrowser('dying'),
  'dying every 10 min, browser, confirmed': inBrowser('dying', {
    options: { ...serverKinds.dying.options, confirm: 'ping' },
  }),
  'strict, ws': overWs('strict'),
  'strict, browser': inBrowser('strict'),
  'strict, browser, no heartbeat': inBrowser('strict', { options: { heartbeat: false } }),
  'auth first, browser': inBrowser('authFirst'),
  'auth first, browser, greeted': inBrowser('authFirst', { options: serverKinds.authFirst.options }),
  'auth first, ws, greeted': overWs('authFirst', { options: { greet: serverKinds.authFirst.options.greet } }),
  'answering, throttled tab': inBrowser('answering', { befall: throttled }),
  'dying every 10 min, throttled tab': inBrowser('dying', { befall: throttled }),
  'answering, tab frozen for 20 min': inBrowser('answering', { befall: frozen }),
  'answering, laptop asleep, link lives': inBrowser('answering', {
    befall: asleep({ isLinkDead: false, isTold: false }),
  }),
  'answering, laptop asleep, link lives, page resumed': inBrowser('answering', {
    befall: asleep({ isLinkDead: false, isTold: true }),
  }),
  'answering, laptop asleep, link dead': inBrowser('answering', {
    befall: asleep({ isLinkDead: true, isTold: false }),
  }),
  'answering, laptop asleep, link dead, page resumed': inBrowser('answering', {
    befall: asleep({ isLinkDead: true, isTold: true }),
  }),
  'reads no more after 10 min and talks on, ws': overWs(readingNoMore),
  'drains for 10 min and dies, ws': overWs(drainingOnce, { options: { protocols: SUBPROTOCOL } }),
  'answering, React Native': inBrowser('answering', { dress: asInReactNative, options: {} }),
  'answering, Bun, pongs as ArrayBuffer, confirmed': overWs('answering', {
    dress: asInBun('ArrayBuffer'),
    options: { confirm: 'ping' },
  }),
  'answering, Bun, pongs as Blob, confirmed': overWs('answering', {
    dress: asInBun('Blob'),
    options: { confirm: 'ping' },
  }),
} satisfies Record<string, Case>;
