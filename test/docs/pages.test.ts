import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { closeCodeOfStatus, isOverloadCode, verdictOf } from '../../machines/closeCodes.ts';
import { chartSettings } from '../../machines/connection.facts.ts';
import { dataDefaults } from '../../src/client/options.ts';
import { memoryDefaults } from '../../src/server/brokers/memory.ts';
import { topicDefaults } from '../../src/topics/topicClient.ts';
import { literalsOf, membersOf } from '../../scripts/codeDocs.ts';
import { documentedOptions, documentedTopicOptions, warningCodes } from '../../scripts/readmeTables.ts';
import { documentAt, documents, firstColumn, sectionOf } from '../fixtures/documents.ts';

const root = join(import.meta.dirname, '..', '..');
const readme = documentAt('README.md');
const messages = documentAt('docs/messages.md');
const topics = documentAt('docs/topics.md');
const heartbeat = documentAt('docs/heartbeat.md');
const authentication = documentAt('docs/authentication.md');

const outcomes = literalsOf('src/client/outbox.ts', 'Outcome');

test.each([
  ['README.md', sectionOf(readme, 'What happens to a message')],
  ['docs/messages.md', sectionOf(messages, 'The outcomes')],
])('%s names every outcome, and no other', (_, section) => {
  expect([...new Set(firstColumn(section))].sort()).toEqual([...outcomes].sort());
});

test('docs/topics.md names every state of a topic, every reason of a gap, and every error of a publish', () => {
  const named = (heading: string): readonly string[] => [...firstColumn(sectionOf(topics, heading))].sort();
  const literals = (file: string, type: string): readonly string[] => [...literalsOf(file, type)].sort();
  expect(named('The states of a topic')).toEqual(literals('machines/subscription.types.ts', 'SubscriptionStateName'));
  expect(named('A gap, and why')).toEqual(literals('src/topics/types.ts', 'GapReason'));
  const codes = named('Publishing');
  expect(literals('src/client/errors.ts', 'ErrorCode')).toEqual(expect.arrayContaining([...codes]));
  // Those that the code of publishing names, and no other.
  const code = ['publishLedger', 'topicClient', 'topicDialogue', 'validate'].map((name) =>
    readFileSync(join(root, 'src/topics', `${name}.ts`), 'utf8'),
  );
  for (const name of codes) expect(code.join('')).toContain(`'${name}'`);
});

test('docs/topics.md names the defaults that hold', () => {
  for (const [name, value] of Object.entries<number>(topicDefaults)) {
    const { doc } = documentedTopicOptions().find((option) => option.name === name) ?? { doc: '' };
    const [, said = ''] = /\b[Dd]efault ([\d,]+)/u.exec(doc) ?? [];
    expect(Number(said.replaceAll(',', '')), name).toBe(value);
  }
});

test('the reference names the defaults of memoryBroker that hold', () => {
  const options = membersOf('src/server/brokers/memory.ts', 'MemoryBrokerOptions');
  const said = (name: string): readonly number[] => {
    const { doc } = options.find((option) => option.name === name) ?? { doc: '' };
    const [words = ''] = /\b[Dd]efault [^·;]+/u.exec(doc) ?? [];
    return [...words.matchAll(/[\d,]*\d/gu)].map(([number]) => Number(number.replaceAll(',', '')));
  };
  const { maxMessages, maxAgeMs, maxBytes } = memoryDefaults.history;
  expect(said('history')).toEqual([maxMessages, maxAgeMs, maxBytes]);
  expect(said('dedupeWindowMs')).toEqual([memoryDefaults.dedupeWindowMs]);
  expect(said('maxIds')[0]).toBe(memoryDefaults.maxIds);
});

test('docs/messages.md names all that send() says, and no other', () => {
  const said = firstColumn(sectionOf(messages, 'What `send` says'));
  expect([...said].sort()).toEqual([...literalsOf('src/client/outbox.ts', 'Disposition')].sort());
});

test('docs/messages.md names the pace of confirmation', () => {
  const { confirmEveryMs } = chartSettings({ confirm: 'ping' });
  expect(messages.text).toContain(`a ping every ${dataDefaults.confirm.everyMessages} messages`);
  expect(messages.text).toContain(`every ${confirmEveryMs} ms while something waits`);
});

test('docs/migrating.md names options that there are, and the versions that were read', () => {
  const { text } = documentAt('docs/migrating.md');
  const there = text.slice(text.indexOf('| Option there'), text.indexOf('\n\n', text.indexOf('| Option there')));
  const named = [...there.matchAll(/\| `([\w.]+)`[^|]*\|[^|]*\|$/gmu)].map(([, name = '']) => name);
  expect(named.length).toBeGreaterThanOrEqual(8);
  expect(documentedOptions().map(({ name }) => name)).toEqual(expect.arrayContaining(named));
  for (const name of ['reconnecting-websocket', 'partysocket']) {
    const file = join(root, 'node_modules', name, 'package.json');
    const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
    expect(text, name).toContain(version);
  }
});

test('docs/deployment.md names the defaults that hold', () => {
  const settings = chartSettings({});
  const rows = sectionOf(documentAt('docs/deployment.md'), 'Choosing timeouts for phones').matchAll(
    /^\| `([\w.]+)` +\| ([\d,]+|Infinity) +\|/gmu,
  );
  expect(
    Object.fromEntries([...rows].map(([, name = '', text = '']) => [name, Number(text.replaceAll(',', ''))])),
  ).toEqual({
    'heartbeat.intervalMs': settings.pingIntervalMs,
    'heartbeat.timeoutMs': settings.pongTimeoutMs,
    'heartbeat.wakeTimeoutMs': settings.wakeTimeoutMs,
    connectTimeoutMs: settings.connectTimeoutMs,
    'retry.capMs': settings.retryCapMs,
    'outbox.ttlMs': dataDefaults.outbox.ttlMs,
  });
});

test('docs/heartbeat.md says what to do about every warning', () => {
  const told = firstColumn(sectionOf(heartbeat, 'Warnings, and what to do'));
  expect([...told].sort()).toEqual([...warningCodes()].sort());
});

test('docs/heartbeat.md names all that may be known of a peer', () => {
  const told = firstColumn(sectionOf(heartbeat, 'Trust'));
  expect([...told].sort()).toEqual([...literalsOf('machines/connection.types.ts', 'Heartbeat')].sort());
});

test('docs/authentication.md judges every status and close code as the code does', () => {
  const rows = firstColumn(sectionOf(authentication, 'What a status of HTTP means'));
  const pairs = rows.map((row) => row.split(', ').map(Number)).filter((pair) => pair.length === 2);
  expect(pairs.map(([status = 0]) => closeCodeOfStatus(status))).toEqual(pairs.map(([, code]) => code));
  const codes = pairs.map(([, code = 0]) => code);
  expect(codes.map(verdictOf)).toEqual(['refresh', 'fail', 'retry', 'retry']);
  expect(codes.map(isOverloadCode)).toEqual([false, false, true, true]);
});

test('docs/authentication.md names every reason of an attempt', () => {
  for (const reason of literalsOf('machines/connection.types.ts', 'Reason')) {
    expect(authentication.text).toContain(`\`'${reason}'\``);
  }
});

test('a duration that stands behind its option, as in `timeoutMs` (10 s), is the default', () => {
  const chart = chartSettings({});
  const defaults: Readonly<Record<string, number>> = {
    connectTimeoutMs: chart.connectTimeoutMs,
    stableAfterMs: chart.stableAfterMs,
    intervalMs: chart.pingIntervalMs,
    timeoutMs: chart.pongTimeoutMs,
    wakeTimeoutMs: chart.wakeTimeoutMs,
  };
  const said = documents.flatMap(({ path, text }) =>
    [...text.matchAll(/`(?:\w+\.)?(\w+Ms)` \(([\d.]+) (s|ms)\b/gu)].map(([whole, name = '', value, unit]) => {
      expect(Number(value) * (unit === 's' ? 1_000 : 1), `${path}: ${whole}`).toBe(defaults[name]);
      return name;
    }),
  );
  expect([...new Set(said)].sort()).toEqual(Object.keys(defaults).sort());
});
