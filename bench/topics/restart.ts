/** Many clients over a restart of the hub: it drains, and another one with the same log takes over. */
import { WebSocket } from 'ws';
import { createHub, memoryBroker } from '../../src/server/index.ts';
import { createTopicClient } from '../../src/topics/index.ts';
import { passed, until } from '../waiting.ts';
import { Tally } from './tally.ts';

const PUBLISH_EVERY_MS = 500;

export interface RestartReport {
  readonly clients: number;
  readonly windowMs: number;
  readonly published: number;
  readonly lost: number;
  readonly twice: number;
  readonly reordered: number;
  readonly gaps: number;
  /** Clients that came back in each second, and the most of these beside an even share. */
  readonly perSecond: readonly number[];
  readonly busiestOfEvenShare: number;
}

/** A load balancer sends whoever comes to the new hub from the moment that the old one drains. */
export async function drainedRestart(clients: number, windowMs: number): Promise<RestartReport> {
  const broker = memoryBroker();
  const [old, next] = [createHub({ broker }), createHub({ broker })];
  let { port } = await old.listen({ host: '127.0.0.1' });
  const nextPort = (await next.listen({ host: '127.0.0.1' })).port;
  const arrivals: number[] = [];
  const people = Array.from({ length: clients }, (_, i) => {
    const client = createTopicClient(() => `ws://127.0.0.1:${port}/ws/${i}`, { WebSocket });
    const tally = new Tally();
    const person = { client, tally, gaps: 0 };
    client.subscribe('news', (n: number) => tally.take(n), { onGap: () => person.gaps++ });
    return person;
  });
  await until('all are there', () => old.stats().subscriptions === clients);
  for (const { client } of people) client.connection.on('opened', () => arrivals.push(performance.now()));
  let published = 0;
  const publish = setInterval(() => void next.publish('news', ++published), PUBLISH_EVERY_MS);
  await passed(PUBLISH_EVERY_MS * 2);
  port = nextPort;
  await old.drain({ windowMs });
  await until('all are back', () => next.stats().subscriptions === clients);
  await passed(PUBLISH_EVERY_MS * 2);
  clearInterval(publish);
  await until('the last message', () => people.every(({ tally }) => tally.last === published));
  const first = Math.min(...arrivals);
  const seconds = Math.ceil(windowMs / 1_000);
  const perSecond = Array.from({ length: seconds + 1 }, (_, second) => {
    return arrivals.filter((at) => Math.floor((at - first) / 1_000) === second).length;
  });
  const total = (of: (person: (typeof people)[number]) => number): number =>
    people.reduce((sum, person) => sum + of(person), 0);
  const report: RestartReport = {
    clients,
    windowMs,
    published,
    lost: total(({ tally }) => tally.lost),
    twice: total(({ tally }) => tally.twice),
    reordered: total(({ tally }) => tally.reordered),
    gaps: total(({ gaps }) => gaps),
    perSecond,
    busiestOfEvenShare: Number((Math.max(...perSecond) / (clients / seconds)).toFixed(2)),
  };
  for (const { client } of people) client.dispose();
  await Promise.all([old.close(), next.close()]);
  return report;
}
