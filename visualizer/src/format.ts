const timeOfDay = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

/** `14:03:07.250` */
export function clock(atMs: number): string {
  const ms = String(Math.floor(atMs % 1000)).padStart(3, '0');
  return `${timeOfDay.format(atMs)}.${ms}`;
}

/** `850 ms`, `1.3 s`, `4 min 05 s` */
export function duration(ms: number): string {
  if (ms < 10) return `${Math.max(0, ms).toFixed(1)} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.floor(ms / 1_000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

const sizes = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

/** `640 B`, `12.3 kB`, `4 MB`, `7.8 GB` */
export function bytes(count: number): string {
  if (count < 1_000) return `${Math.round(count)} B`;
  if (count < 1_000_000) return `${sizes.format(count / 1_000)} kB`;
  if (count < 1_000_000_000) return `${sizes.format(count / 1_000_000)} MB`;
  return `${sizes.format(count / 1_000_000_000)} GB`;
}

export interface Held {
  readonly messages: number;
  readonly bytes: number;
}

/** `empty`, `16 held`, `1 held · 640 B` */
export function heldWords({ messages: count, bytes: size }: Held): string {
  return count === 0 ? 'empty' : `${count} held${size === 0 ? '' : ` · ${bytes(size)}`}`;
}

export function messages({ messages: count, bytes: size }: Held): string {
  return `${count.toLocaleString('en')} · ${bytes(size)}`;
}

const rates = new Intl.NumberFormat('en', { maximumSignificantDigits: 2 });

/** `70/s`, `9,800/s` */
export function perSecond(rate: number): string {
  return `${rates.format(rate)}/s`;
}
