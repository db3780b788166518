import type { HubStats } from './stats.ts';

/** Of the text that {@link prometheusText} gives. */
export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

const PREFIX = 'socketchart_hub_';

interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  /** One sample, or one for each value of `label`. */
  readonly label?: string;
  readonly value: number | boolean | Readonly<Record<string, number>>;
}

/** The statistics of a hub in Prometheus' text format 0.0.4. */
export function prometheusText(stats: HubStats): string {
  return families(stats).map(render).join('');
}

function families({ received, sent, ...stats }: HubStats): Family[] {
  return [
    gauge('connections', 'Connections that are open.', stats.connections),
    gauge('topics', 'Topics with subscribers.', stats.topics),
    gauge('subscriptions', 'Subscriptions of all connections.', stats.subscriptions),
    gauge('draining', 'Whether nobody new is let in.', stats.isDraining),
    counter('accepted', 'Connections accepted.', stats.accepted),
    counter('refused', 'Upgrades refused, by HTTP status.', stats.refused, 'status'),
    counter('closed', 'Connections closed, by close code.', stats.closed, 'code'),
    counter('received_frames', 'Frames received from clients.', received.frames),
    counter('received_bytes', 'Bytes received in frames of clients.', received.bytes),
    counter('sent_frames', 'Frames sent to clients.', sent.frames),
    counter('sent_bytes', 'Bytes sent in frames to clients.', sent.bytes),
    counter('published', 'Messages that went into a log.', stats.published),
    counter('duplicates', 'Messages that were in the log already.', stats.duplicates),
    counter('delivered', 'Messages handed to subscribers, replays included.', stats.delivered),
    counter('replayed', 'Messages handed to subscribers from the log.', stats.replayed),
    counter('recovered', 'Subscriptions that went on where they had been.', stats.recovered),
    counter('unrecovered', 'Subscriptions that could not go on where they had been.', stats.unrecovered),
    counter('resets', 'Live subscriptions whose continuity was lost.', stats.resets),
    counter('slow_consumers', 'Peers whose byte budget was used up.', stats.slowConsumers),
    counter('errors', 'Error frames sent, by code.', stats.errors, 'code'),
  ];
}

function gauge(name: string, help: string, value: number | boolean): Family {
  return { name, type: 'gauge', help, value };
}

function counter(name: string, help: string, value: Family['value'], label?: string): Family {
  return { name: `${name}_total`, type: 'counter', help, value, ...(label === undefined ? {} : { label }) };
}

function render({ name, type, help, label, value }: Family): string {
  const full = `${PREFIX}${name}`;
  const samples =
    typeof value === 'object'
      ? Object.entries(value).map(([key, count]) => `${full}{${label ?? 'key'}="${escaped(key)}"} ${count}\n`)
      : [`${full} ${Number(value)}\n`];
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${samples.join('')}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
