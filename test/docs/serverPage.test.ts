import { expect, test } from 'vitest';
import { documentedHubOptions } from '../../scripts/readmeTables.ts';
import { defaultHeartbeat, defaultLimits } from '../../src/server/resolve.ts';
import { memoryBroker } from '../../src/server/index.ts';
import { documentAt } from '../fixtures/documents.ts';

const server = documentAt('docs/server.md');
const docOf = (name: string): string => documentedHubOptions().find((option) => option.name === name)?.doc ?? '';
const written = (value: number): string => String(value).replaceAll(/\B(?=(?:\d{3})+$)/gu, ',');

test('docs/server.md has a sentence for every option of a hub', () => {
  expect(documentedHubOptions().filter(({ doc }) => doc === '')).toEqual([]);
  for (const { name } of documentedHubOptions()) expect(server.text).toContain(`| \`${name}\``);
});

test('docs/server.md names the limits that hold', () => {
  for (const [name, value] of Object.entries<number>({ ...defaultLimits })) {
    const [, said] = /[Dd]efault (Infinity|\d{1,3}(?:,\d{3})*)/u.exec(docOf(`limits.${name}`)) ?? [];
    expect(said, name).toBe(written(value));
  }
  const { intervalMs, timeoutMs } = defaultHeartbeat;
  expect(docOf('heartbeat')).toContain(`default ${written(intervalMs)} and ${written(timeoutMs)}`);
});

test('docs/server.md names what is kept and remembered by default', () => {
  const { history, dedupeWindowMs } = memoryBroker();
  expect(history).toEqual({ maxMessages: 1_000, maxAgeMs: 5 * 60_000, maxBytes: 2 ** 20 });
  expect(dedupeWindowMs).toBe(5 * 60_000);
  for (const words of ['1,000', 'five minutes', '1 MiB', 'for five minutes'])
    expect(server.text.replaceAll('\n', ' ')).toContain(words);
});
