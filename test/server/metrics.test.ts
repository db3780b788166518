import { describe, expect, it } from 'vitest';
import { prometheusText } from '../../src/server/metrics.ts';
import type { HubStats } from '../../src/server/stats.ts';
import { readPrometheusText } from './prometheus.ts';

/** Every number is another one. */
const stats: HubStats = {
  connections: 1,
  topics: 2,
  subscriptions: 3,
  isDraining: true,
  accepted: 4,
  refused: { '401': 5, '503': 6 },
  closed: { '1000': 7 },
  received: { frames: 8, bytes: 9 },
  sent: { frames: 10, bytes: 1e22 },
  published: 12,
  duplicates: 13,
  delivered: 14,
  replayed: 15,
  recovered: 16,
  unrecovered: 17,
  resets: 18,
  slowConsumers: 19,
  errors: {},
};

describe('the metrics', () => {
  it('are text that Prometheus reads, each statistic once and with its own value', () => {
    const metrics = readPrometheusText(prometheusText(stats));
    const values = [...metrics].map(([name, { type, samples }]) => [
      name,
      type,
      samples.map(({ labels, value }) => [...[...labels].flat(), value].join(' ')).join(', '),
    ]);
    expect(values).toEqual([
      ['socketchart_hub_connections', 'gauge', '1'],
      ['socketchart_hub_topics', 'gauge', '2'],
      ['socketchart_hub_subscriptions', 'gauge', '3'],
      ['socketchart_hub_draining', 'gauge', '1'],
      ['socketchart_hub_accepted_total', 'counter', '4'],
      ['socketchart_hub_refused_total', 'counter', 'status 401 5, status 503 6'],
      ['socketchart_hub_closed_total', 'counter', 'code 1000 7'],
      ['socketchart_hub_received_frames_total', 'counter', '8'],
      ['socketchart_hub_received_bytes_total', 'counter', '9'],
      ['socketchart_hub_sent_frames_total', 'counter', '10'],
      ['socketchart_hub_sent_bytes_total', 'counter', '1e+22'],
      ['socketchart_hub_published_total', 'counter', '12'],
      ['socketchart_hub_duplicates_total', 'counter', '13'],
      ['socketchart_hub_delivered_total', 'counter', '14'],
      ['socketchart_hub_replayed_total', 'counter', '15'],
      ['socketchart_hub_recovered_total', 'counter', '16'],
      ['socketchart_hub_unrecovered_total', 'counter', '17'],
      ['socketchart_hub_resets_total', 'counter', '18'],
      ['socketchart_hub_slow_consumers_total', 'counter', '19'],
      ['socketchart_hub_errors_total', 'counter', ''],
    ]);
  });

  it('leave no statistic of a hub out', () => {
    const numbersOf = (value: unknown): number =>
      typeof value === 'object' && value !== null
        ? Object.values(value).reduce<number>((sum, each) => sum + numbersOf(each), 0)
        : 1;
    const samples = [...readPrometheusText(prometheusText(stats)).values()].flatMap((metric) => metric.samples);
    expect(samples).toHaveLength(numbersOf(stats));
  });

  it('carry any label, whatever it is made of', () => {
    const key = 'a "quoted\\n" \\ and\na line, {b="c"} 1';
    const metrics = readPrometheusText(prometheusText({ ...stats, errors: { [key]: 1, __proto__x: 2 } }));
    expect(metrics.get('socketchart_hub_errors_total')?.samples.map(({ labels }) => labels.get('code'))).toEqual([
      key,
      '__proto__x',
    ]);
  });
});

describe('the parser of these tests', () => {
  it.each([
    'a 1\n',
    '# HELP a x\n# TYPE a counter\na 1',
    '# HELP a x\n# TYPE b counter\nb 1\n',
    '# TYPE a counter\na 1\n',
    '# HELP a x\n# TYPE a sum\na 1\n',
    '# HELP a x\n# TYPE a counter\na 1\na 2\n',
    '# HELP a x\n# TYPE a counter\nb 1\n',
    '# HELP a x\n# TYPE a counter\na one\n',
    '# HELP a x\n# TYPE a counter\na{b="c\\d"} 1\n',
    '# HELP a x\n# TYPE a counter\na{b=c} 1\n',
    '# HELP a-b x\n# TYPE a-b counter\na-b 1\n',
    '\n',
  ])('takes nothing that the format does not allow: %j', (text) => {
    expect(() => readPrometheusText(text)).toThrow();
  });
});
