import { expect, test } from 'vitest';
import { cases, MINUTE_MS, runHour, SECOND_MS, type Row } from './heartbeatTable.ts';

const rows = new Map<string, Row>();

/** Each hour is run once. */
function hourOf(name: keyof typeof cases): Row {
  const row = rows.get(name) ?? runHour(cases[name]);
  rows.set(name, row);
  return row;
}

const codesOf = ({ warned }: Row): string[] => warned.map(({ code }) => code);

/** One socket, never left; every message arrives; nothing to warn of. */
const calm = {
  sockets: 1,
  falseDeaths: 0,
  noticedAfterMs: [],
  sent: 60,
  heard: 60,
  confirmed: 0,
  warned: [],
  state: 'open',
};

test.each([
  ['answers pings', 'answering, ws'],
  ['answers pings', 'answering, browser'],
  ['answers pings without a token', 'tokenless, browser'],
  ['answers pings before it gets round to messages', 'out of band, ws'],
  ['answers pings before it gets round to messages', 'out of band, browser'],
  ['sends everything back', 'echo, ws'],
  ['sends everything back, pings too', 'echo, browser'],
  ['is a chat', 'chat, ws'],
  ['is a chat where every ping is a line', 'chat, browser'],
  ['is strict, and gets no ping of the application', 'strict, ws'],
  ['is strict, and gets no ping of the application', 'strict, browser, no heartbeat'],
  ['wants to know who we are first, and is told by greet', 'auth first, ws, greeted'],
  ['wants to know who we are first, and is told by greet', 'auth first, browser, greeted'],
] as const)('a server that %s is never left: %s', (_, name) => {
  expect(hourOf(name)).toEqual(calm);
});

test.each(['silent, ws', 'silent, browser'] as const)(
  'a server that never says anything is never left, and the application is told once that it answers no ping: %s',
  (name) => {
    const row = hourOf(name);
    expect({ ...row, warned: [] }).toEqual(calm);
    expect(codesOf(row)).toEqual(['ping-unanswered']);
  },
);

test.each(['streaming for 10 min, ws', 'streaming for 10 min, browser'] as const)(
  'a server that streams, answers no ping and goes quiet is left once, and not again: %s',
  (name) => {
    const row = hourOf(name);
    expect({ ...row, warned: [] }).toEqual({ ...calm, sockets: 2, falseDeaths: 1 });
    expect(codesOf(row)).toEqual(['ping-unanswered']);
  },
);

test.each(['dying every 10 min, ws', 'dying every 10 min, browser'] as const)(
  'a peer that answered and dies is found within intervalMs + timeoutMs, each time: %s',
  (name) => {
    const { noticedAfterMs, falseDeaths, sockets } = hourOf(name);
    expect(noticedAfterMs).toHaveLength(5);
    expect({ falseDeaths, sockets }).toEqual({ falseDeaths: 0, sockets: 6 });
    // A ping may be out when it dies: then the whole of timeoutMs passes, less a round trip.
    for (const afterMs of noticedAfterMs) {
      expect(afterMs).toBeGreaterThanOrEqual(9.9 * SECOND_MS);
      expect(afterMs).toBeLessThanOrEqual(35 * SECOND_MS);
    }
  },
);

test("with confirm: 'ping' nothing is lost with a peer that dies", () => {
  expect(hourOf('dying every 10 min, browser')).toMatchObject({ sent: 60, heard: 59 });
  expect(hourOf('dying every 10 min, browser, confirmed')).toMatchObject({ sent: 60, heard: 60, sockets: 6 });
});

test('a strict server hangs up at the first ping of the application: the warning names the option, and 1008 is final', () => {
  const row = hourOf('strict, browser');
  expect(row).toMatchObject({ sockets: 1, falseDeaths: 0, heard: 0, state: 'failed' });
  expect(codesOf(row)).toEqual(['closed-after-ping']);
  expect(row.warned[0]?.message).toMatch(/heartbeat\.ping.*heartbeat: false/u);
});

test('a server that wants to know who we are first hangs up at the first ping, too', () => {
  const row = hourOf('auth first, browser');
  expect(row).toMatchObject({ sockets: 1, heard: 0, state: 'failed' });
  expect(codesOf(row)).toEqual(['closed-after-ping']);
});

test('a throttled tab, whose timers fire on the minute only, leaves no server that lives', () => {
  // The last message is still on its way.
  expect(hourOf('answering, throttled tab')).toEqual({ ...calm, heard: 59 });
});

test('a throttled tab finds a dead peer once its own timers have been late twice', () => {
  const { noticedAfterMs, falseDeaths } = hourOf('dying every 10 min, throttled tab');
  expect(noticedAfterMs.length).toBeGreaterThan(1);
  expect(falseDeaths).toBe(0);
  // A ping on the minute, two more because the timer was late, and the silence of the third.
  for (const afterMs of noticedAfterMs) expect(afterMs).toBeLessThanOrEqual(4 * MINUTE_MS);
});

test('a tab that was frozen while a ping was out leaves no server that lives', () => {
  expect(hourOf('answering, tab frozen for 20 min')).toEqual({ ...calm, sent: 40, heard: 40 });
});

test.each(['answering, laptop asleep, link lives', 'answering, laptop asleep, link lives, page resumed'] as const)(
  'a laptop that slept keeps a link that lives: %s',
  (name) => {
    expect(hourOf(name)).toEqual({ ...calm, sent: 40, heard: 40 });
  },
);

test('a laptop that slept and is told so finds a dead link after wakeTimeoutMs', () => {
  const row = hourOf('answering, laptop asleep, link dead, page resumed');
  expect(row).toEqual({ ...calm, sockets: 2, noticedAfterMs: [2.5 * SECOND_MS], sent: 40, heard: 40 });
});

test('a laptop that slept and is told nothing sees by its clocks that it did: a dead link is found soon after its next timer', () => {
  const row = hourOf('answering, laptop asleep, link dead');
  expect(row).toMatchObject({ ...calm, sockets: 2, noticedAfterMs: [expect.any(Number)], sent: 40, heard: 40 });
  // Its next timer is due in a second: then the peer has wakeTimeoutMs, not timeoutMs.
  expect(row.noticedAfterMs[0]).toBeLessThanOrEqual(5 * SECOND_MS);
});

test('a peer that has sent pongs, reads no more and goes on talking is left within intervalMs + 3 × timeoutMs, each time', () => {
  const { noticedAfterMs, falseDeaths, sockets, warned } = hourOf('reads no more after 10 min and talks on, ws');
  expect(noticedAfterMs).toHaveLength(5);
  expect({ falseDeaths, sockets, warned }).toEqual({ falseDeaths: 0, sockets: 6, warned: [] });
  // The last pong was on its way when it stopped.
  for (const afterMs of noticedAfterMs) expect(afterMs).toBeLessThanOrEqual(55.1 * SECOND_MS);
});

test('a hub that drains for ten minutes and dies after one is found within intervalMs + timeoutMs', () => {
  const { noticedAfterMs, falseDeaths, sockets, state } = hourOf('drains for 10 min and dies, ws');
  expect(noticedAfterMs).toHaveLength(1);
  expect({ falseDeaths, sockets, state }).toEqual({ falseDeaths: 0, sockets: 2, state: 'open' });
  expect(noticedAfterMs[0]).toBeLessThanOrEqual(35 * SECOND_MS);
});

test('a socket that has a ping and never tells of a pong is neither pinged nor left, and the application is told', () => {
  const row = hourOf('answering, React Native');
  // Its ping would be an empty message, which the server would hear.
  expect({ ...row, warned: [] }).toEqual(calm);
  expect(codesOf(row)).toEqual(['heartbeat-off']);
});

test.each(['answering, Bun, pongs as ArrayBuffer, confirmed', 'answering, Bun, pongs as Blob, confirmed'] as const)(
  'pongs that come as binary data count, and confirm: %s',
  (name) => {
    expect(hourOf(name)).toEqual({ ...calm, confirmed: 60 });
  },
);

test('the same hour again is the same, to the millisecond', () => {
  for (const name of ['dying every 10 min, browser', 'out of band, ws', 'chat, browser'] as const) {
    expect(runHour(cases[name])).toEqual(hourOf(name));
  }
});
