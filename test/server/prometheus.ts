/** A metric as Prometheus reads it. */
export interface Metric {
  readonly type: string;
  readonly help: string;
  readonly samples: readonly { readonly labels: ReadonlyMap<string, string>; readonly value: number }[];
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\"n])*"';
const HELP_LINE = new RegExp(`^# HELP (${NAME}) (.+)$`, 'u');
const TYPE_LINE = new RegExp(`^# TYPE (${NAME}) (counter|gauge)$`, 'u');
const SAMPLE_LINE = new RegExp(
  `^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (-?[0-9.]+(?:e[+-]?[0-9]+)?|[+-]Inf|NaN)$`,
  'u',
);

/** Reads the text format 0.0.4, and takes nothing that it does not allow: each metric once, HELP and TYPE before its samples, no sample twice. */
export function readPrometheusText(text: string): ReadonlyMap<string, Metric> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const metrics = new Map<string, Metric & { readonly samples: Metric['samples'][number][] }>();
  let current = '';
  let help: readonly [string, string] | undefined;
  const seen = new Set<string>();
  for (const line of text.slice(0, -1).split('\n')) {
    const helpLine = HELP_LINE.exec(line);
    const typeLine = TYPE_LINE.exec(line);
    const sampleLine = SAMPLE_LINE.exec(line);
    if (helpLine !== null) help = [helpLine[1] as string, helpLine[2] as string];
    else if (typeLine !== null) {
      current = typeLine[1] as string;
      if (help?.[0] !== current || metrics.has(current)) throw new Error(`out of place: ${line}`);
      metrics.set(current, { type: typeLine[2] as string, help: help[1], samples: [] });
    } else if (sampleLine !== null) {
      const [, name, labels = '', value = ''] = sampleLine;
      if (name !== current || seen.has(`${name}{${labels}}`)) throw new Error(`out of place: ${line}`);
      seen.add(`${name}{${labels}}`);
      metrics
        .get(current)
        ?.samples.push({ labels: readLabels(labels), value: Number(value.replace('Inf', 'Infinity')) });
    } else throw new Error(`no line of this format: ${line}`);
  }
  return metrics;
}

function readLabels(text: string): Map<string, string> {
  const pairs = [...text.matchAll(new RegExp(LABEL, 'gu'))].map(([pair]) => {
    const at = pair.indexOf('=');
    const raw = pair.slice(at + 2, -1);
    return [
      pair.slice(0, at),
      raw.replace(/\\(.)/gu, (_, letter: string) => (letter === 'n' ? '\n' : letter)),
    ] as const;
  });
  return new Map(pairs);
}
