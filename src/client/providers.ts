import { ConnectionError } from './errors.ts';
import type { Attempt, ConnectionOptions, Provider } from './options.ts';
import { normalizeProtocols, normalizeUrl } from './target.ts';

/** Where an attempt goes, and what the functions on its way are told. */
export interface Target {
  readonly url: string;
  readonly protocols: string | string[] | undefined;
  readonly attempt: Attempt;
}

type Asked = Omit<Attempt, 'credential'>;

/** Asks `authenticate`, then url and protocols. Plain values are there at once, without a turn of the event loop. */
export function findTarget(
  options: ConnectionOptions,
  asked: Asked,
  { found, failed }: { readonly found: (target: Target) => void; readonly failed: (cause: unknown) => void },
): void {
  const { url, protocols, authenticate } = options;
  const isPlain = ![url, protocols, authenticate].some((option) => typeof option === 'function');
  if (!isPlain) return void answers(options, asked).then(found).catch(failed);
  try {
    found(target(asked, url, protocols));
  } catch (error) {
    failed(error);
  }
}

/** An async function, so that a provider that throws is one that was rejected. */
async function answers({ url, protocols, authenticate }: ConnectionOptions, asked: Asked): Promise<Target> {
  const attempt = authenticate === undefined ? asked : { ...asked, credential: await authenticate(asked) };
  if (asked.signal.aborted) throw new ConnectionError('closed', 'this attempt is over');
  return target(attempt, ...(await Promise.all([answerOf(url, attempt), answerOf(protocols, attempt)])));
}

async function answerOf<T>(provider: Provider<T>, attempt: Attempt): Promise<T> {
  return typeof provider === 'function' ? (provider as (attempt: Attempt) => T | Promise<T>)(attempt) : provider;
}

/** Throws where one of the two cannot be used. */
function target(attempt: Attempt, url: unknown, protocols: unknown): Target {
  return { url: normalizeUrl(url), protocols: normalizeProtocols(protocols), attempt };
}
