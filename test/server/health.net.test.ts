import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Broker, Entry } from '../../src/server/broker.ts';
import { Health } from '../../src/server/health.ts';
import { Counters, type HubStats } from '../../src/server/stats.ts';
import { Inbox, withResolvers } from '../fixtures/events.ts';
import { readPrometheusText } from './prometheus.ts';

type Asked = Pick<Broker, 'check' | 'publish' | 'subscribe'>;

/** Carries what is published to who is subscribed, or loses it. */
class Carrier implements Asked {
  readonly listeners = new Set<(entry: Entry) => void>();
  readonly topics = new Inbox<string>('publish');
  isLossy = false;
  published = 0;

  publish(topic: string, data: string) {
    this.published++;
    const entry = { topic, data, epoch: 'e', offset: this.published };
    if (!this.isLossy) for (const listener of this.listeners) listener(entry);
    this.topics.put(topic);
    return Promise.resolve({ epoch: 'e', offset: this.published, duplicate: false });
  }

  subscribe(_topic: string, onEntry: (entry: Entry) => void) {
    this.listeners.add(onEntry);
    return Promise.resolve(() => void this.listeners.delete(onEntry));
  }
}

const zero = (isDraining: boolean): HubStats => {
  const { accepted, published, duplicates, delivered, replayed, recovered, unrecovered, resets, slowConsumers } =
    new Counters();
  const counters = {
    accepted,
    published,
    duplicates,
    delivered,
    replayed,
    recovered,
    unrecovered,
    resets,
    slowConsumers,
  };
  const nothing = { frames: 0, bytes: 0 };
  return {
    connections: 0,
    topics: 0,
    subscriptions: 0,
    isDraining,
    refused: {},
    closed: {},
    errors: {},
    received: nothing,
    sent: nothing,
    ...counters,
  };
};

function healthOf(broker: Asked) {
  const state = { isDraining: false };
  const log: string[] = [];
  const timers = new Map<number, () => void>();
  const delays: number[] = [];
  const note = (facts: object, message: string): void => void log.push(`${message} ${JSON.stringify(facts)}`);
  const health = new Health({
    broker,
    scheduler: {
      now: () => 0,
      date: () => 0,
      setTimeout: (callback, delayMs) => {
        timers.set(delays.push(delayMs), callback);
        return delays.length;
      },
      clearTimeout: (id) => void timers.delete(id as number),
      soon: (callback) => setImmediate(callback),
    },
    logger: { info: note, warn: note, error: note },
    newId: () => crypto.randomUUID(),
    stats: () => zero(state.isDraining),
  });
  const ring = (): void => {
    for (const callback of timers.values()) callback();
  };
  return { health, state, log, timers, delays, ring };
}

async function served(broker: Asked) {
  const stage = healthOf(broker);
  const server = createServer(stage.health.onRequest);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { ...stage, get: (path: string, method = 'GET') => fetch(`http://127.0.0.1:${port}${path}`, { method }) };
}

describe('a hub that is asked over HTTP', () => {
  it('answers that it lives, also while it drains and its broker is gone', async () => {
    const { get, state } = await served(
      Object.assign(new Carrier(), { check: () => Promise.reject(new Error('gone')) }),
    );
    state.isDraining = true;
    const response = await get('/healthz?probe');
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }]);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('is ready while a message goes round through the broker', async () => {
    const { get } = await served(new Carrier());
    const response = await get('/readyz');
    expect([response.status, await response.json()]).toEqual([200, { status: 'ready' }]);
  });

  it('is not ready while it drains, nor without a broker that answers, and says no more than that', async () => {
    const broker = Object.assign(new Carrier(), { check: () => Promise.reject(new Error('redis://user:SECRET@host')) });
    const { get, state, log } = await served(broker);
    const silent = await get('/readyz');
    expect(log).toEqual([expect.stringContaining('not ready: the broker does not answer')]);
    expect(log.join('')).not.toContain('SECRET');
    expect([silent.status, await silent.json()]).toEqual([
      503,
      { status: 'not ready', reason: 'the broker does not answer' },
    ]);
    state.isDraining = true;
    const draining = await get('/readyz');
    expect([draining.status, await draining.json()]).toEqual([
      503,
      { status: 'not ready', reason: 'the hub is draining' },
    ]);
  });

  it('gives its metrics in the type that Prometheus asks for', async () => {
    const { get } = await served(new Carrier());
    const response = await get('/metrics');
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(readPrometheusText(await response.text()).size).toBeGreaterThan(10);
  });

  it.each([
    ['/', 'GET', 404],
    ['/healthz/', 'GET', 404],
    ['/ws/a', 'GET', 404],
    ['/healthz', 'POST', 405],
    ['/metrics', 'DELETE', 405],
    ['/healthz', 'HEAD', 200],
  ])('answers %s by %s with %i', async (path, method, status) => {
    const { get } = await served(new Carrier());
    expect((await get(path, method)).status).toBe(status);
  });
});

describe('the canary', () => {
  it('flies on a topic that no client can name, and leaves no subscription behind', async () => {
    const broker = new Carrier();
    const { health, timers } = healthOf(broker);
    expect(await health.unreadiness()).toBeUndefined();
    expect(await broker.topics.next()).toMatch(/\p{Cc}/u);
    await new Promise((resolve) => setImmediate(resolve));
    expect([broker.listeners.size, timers.size]).toEqual([0, 0]);
  });

  it('flies alone, however many ask, and anew for who asks later', async () => {
    const broker = new Carrier();
    const { health } = healthOf(broker);
    await Promise.all(Array.from({ length: 50 }, () => health.unreadiness()));
    expect(broker.published).toBe(1);
    await health.unreadiness();
    expect(broker.published).toBe(2);
  });

  it('is given up when nothing has come back within 800 ms, and leaves nothing behind', async () => {
    const broker = new Carrier();
    broker.isLossy = true;
    const { health, ring, delays } = healthOf(broker);
    const answer = health.unreadiness();
    await broker.topics.next();
    ring();
    expect(await answer).toBe('the broker does not answer');
    await new Promise((resolve) => setImmediate(resolve));
    expect(delays).toEqual([800]);
    expect(broker.listeners.size).toBe(0);
  });

  it('is not taken for that of another hub', async () => {
    const broker = new Carrier();
    broker.isLossy = true;
    const { health, ring } = healthOf(broker);
    const answer = health.unreadiness();
    await broker.topics.next();
    for (const listener of broker.listeners) listener({ topic: 't', data: '"other"', epoch: 'e', offset: 1 });
    ring();
    expect(await answer).toBe('the broker does not answer');
  });

  it('lets go of a subscription that comes about too late', async () => {
    const broker = new Carrier();
    const { promise, resolve } = withResolvers<() => void>();
    const ended = withResolvers();
    const { health, ring } = healthOf({
      publish: (topic, data) => broker.publish(topic, data),
      subscribe: () => promise,
    });
    const answer = health.unreadiness();
    ring();
    expect(await answer).toBe('the broker does not answer');
    expect(broker.published).toBe(0);
    resolve(() => ended.resolve());
    await ended.promise;
  });

  it.each([
    [
      'throws',
      (): Promise<never> => {
        throw new Error('broken');
      },
    ],
    ['rejects', () => Promise.reject(new Error('broken'))],
  ])('tells of a broker that %s', async (_name, fail) => {
    const carrier = new Carrier();
    const subscribe: Asked['subscribe'] = (topic, onEntry) => carrier.subscribe(topic, onEntry);
    for (const broker of [
      { check: fail, publish: fail, subscribe: fail },
      { publish: fail, subscribe },
      { publish: fail, subscribe: fail },
    ]) {
      expect(await healthOf(broker).health.unreadiness()).toBe('the broker does not answer');
    }
  });

  it('asks a broker that can tell by itself, and nothing else, within the same time', async () => {
    const carrier = new Carrier();
    const { promise } = withResolvers();
    const check = { isStuck: false };
    const { health, ring } = healthOf(
      Object.assign(carrier, { check: () => (check.isStuck ? promise : Promise.resolve()) }),
    );
    expect(await health.unreadiness()).toBeUndefined();
    check.isStuck = true;
    const answer = health.unreadiness();
    ring();
    expect(await answer).toBe('the broker does not answer');
    expect(carrier.published).toBe(0);
  });

  it('is logged when the broker goes silent, and not at every probe', async () => {
    const check = { isGone: true };
    const { health, log } = healthOf(
      Object.assign(new Carrier(), {
        check: () => (check.isGone ? Promise.reject(new Error('gone')) : Promise.resolve()),
      }),
    );
    for (const isGone of [true, true, false, true]) {
      check.isGone = isGone;
      await health.unreadiness();
    }
    expect(log).toHaveLength(2);
  });
});
