import { describe, expect, it } from 'vitest';
import { backoffDelay } from '../../machines/backoff.ts';
import { isOverloadCode, OVERLOAD_FACTOR, verdictOf } from '../../machines/closeCodes.ts';
import { chartSettings } from '../../machines/connection.facts.ts';
import { dataDefaults } from '../../src/client/options.ts';
import { documentedOptions, errorCodes, warningCodes } from '../../scripts/readmeTables.ts';
import { documentAt, firstColumn, sectionOf } from '../fixtures/documents.ts';

const readme = documentAt('README.md');

describe('the tables of the README', () => {
  it('name every option there is, each with a sentence', () => {
    expect(documentedOptions().filter(({ doc }) => doc === '')).toEqual([]);
  });

  it('name the defaults that hold', () => {
    const chart = chartSettings({});
    const defaults: Readonly<Record<string, number | string | null | boolean>> = {
      connectTimeoutMs: chart.connectTimeoutMs,
      closeTimeoutMs: chart.closeTimeoutMs,
      stableAfterMs: chart.stableAfterMs,
      maxBufferedBytes: dataDefaults.maxBufferedBytes,
      reconnect: chart.isReconnecting,
      'retry.baseMs': chart.retryBaseMs,
      'retry.capMs': chart.retryCapMs,
      'retry.hintCapMs': chart.hintCapMs,
      'retry.maxAttempts': chart.maxAttempts,
      'retry.jitter': chart.jitter,
      'outbox.maxMessages': dataDefaults.outbox.maxMessages,
      'outbox.maxBytes': dataDefaults.outbox.maxBytes,
      'outbox.ttlMs': dataDefaults.outbox.ttlMs,
      'outbox.overflow': dataDefaults.outbox.overflow,
      'heartbeat.intervalMs': chart.pingIntervalMs,
      'heartbeat.timeoutMs': chart.pongTimeoutMs,
      'heartbeat.wakeTimeoutMs': chart.wakeTimeoutMs,
      'heartbeat.required': chart.isAnswerRequired,
      'confirm.everyMessages': dataDefaults.confirm.everyMessages,
      'confirm.everyMs': chartSettings({ confirm: 'ping' }).confirmEveryMs,
    };
    for (const [name, value] of Object.entries(defaults)) {
      const { doc } = documentedOptions().find((option) => option.name === name) ?? { doc: 'not documented' };
      const [, said = doc] = /[Dd]efault ((?:\d{1,3}(?:,\d{3})*|Infinity|true|false|`'[\w-]+'`))/u.exec(doc) ?? [];
      expect(said.replaceAll(/[,`']/gu, ''), name).toBe(String(value));
    }
  });

  it('name every code of ConnectionError, and no other', () => {
    expect([...firstColumn(sectionOf(readme, 'Errors'))].sort()).toEqual([...errorCodes()].sort());
  });

  it('name every warning', () => {
    for (const code of warningCodes()) expect(sectionOf(readme, 'Errors')).toContain(`\`${code}\``);
  });

  it('say how retries are spaced', () => {
    const longest = (attempt: number, factor?: number): number =>
      backoffDelay(chartSettings({}), attempt, 1, factor) / 1_000;
    const said = sectionOf(readme, 'Options').replaceAll(/\s+/gu, ' ');
    const capped = [1, 2, 3, 4, 5, 6, 7].find((attempt) => longest(attempt) === longest(30));
    expect(said).toContain(
      `zero up to it: ${[1, 2, 3].map((attempt) => `0 to ${longest(attempt)} s`).join(', ')}, and from the sixth on 0 to ${longest(30)} s`,
    );
    expect(capped).toBe(6);
    expect(said).toContain('five times that after');
    expect(longest(1, OVERLOAD_FACTOR)).toBe(5 * longest(1));
  });

  it('judge every close code as the code does', () => {
    const [fatal = '', unauthorized = '', overloaded = ''] = firstColumn(sectionOf(readme, 'Close codes'));
    const codesIn = (cell: string): number[] => cell.split(', ').map(Number);
    const all = Array.from({ length: 4000 }, (_, index) => 1000 + index);
    expect(codesIn(fatal)).toEqual(all.filter((code) => verdictOf(code) === 'fail'));
    expect(codesIn(unauthorized)).toEqual(all.filter((code) => verdictOf(code) === 'refresh'));
    expect(codesIn(overloaded)).toEqual(all.filter(isOverloadCode));
  });
});
