import { utf8Length } from './codec.ts';
import type { Position, Rid } from './topicFrames.ts';

/** Longest `id`, `rid` and `epoch`. Unit bytes of UTF-8. */
export const MAX_ID_BYTES = 64;

/** 128 bits in base64url: RFC 4648 §5. */
const SECRET = /^[\w-]{22}$/u;
/** Would end up in logs and keys. Half of a surrogate pair has no UTF-8: two such names could become one. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}]/u;

/** Why a topic's name is refused, without the name; undefined: it is not. `maxBytes` counts UTF-8. */
export function topicProblem(topic: unknown, maxBytes: number): string | undefined {
  return nameProblem(topic, maxBytes);
}

/** The same for ids and epochs. */
export function nameProblem(name: unknown, maxBytes: number): string | undefined {
  if (typeof name !== 'string') return 'is not a string';
  if (name === '') return 'is empty';
  if (name.length > maxBytes || utf8Length(name) > maxBytes) return `is longer than ${maxBytes} bytes`;
  if (UNPRINTABLE.test(name)) return 'holds a control character or half of a surrogate pair';
  return undefined;
}

/** The fields of an object that somebody else wrote. Notes the first that is not as it has to be; what is read then means nothing. */
export class Fields {
  problem: string | undefined = undefined;
  readonly #fields: object;
  readonly #topicBytes: number;

  constructor(fields: object, topicBytes: number) {
    this.#fields = fields;
    this.#topicBytes = topicBytes;
  }

  get(name: string): unknown {
    return (this.#fields as Record<string, unknown>)[name];
  }

  topic(): string {
    return this.#name('topic', this.#topicBytes);
  }

  epoch(): string {
    return this.#name('epoch', MAX_ID_BYTES);
  }

  token(): string {
    const token = this.get('token');
    if (typeof token !== 'string' || token === '')
      return this.#refuse('token', 'is not a string that holds something', '');
    return token;
  }

  /** A whole number from 0. */
  count(name: string): number {
    const count = this.get(name);
    if (Number.isSafeInteger(count) && (count as number) >= 0) return count as number;
    return this.#refuse(name, 'is not a whole number from 0', 0);
  }

  position(): Position {
    return { epoch: this.epoch(), offset: this.count('offset') };
  }

  since(): { readonly since?: Position } {
    const since = this.get('since');
    if (since === undefined) return {};
    return { since: this.#within('since', since, (fields) => fields.position()) ?? { epoch: '', offset: 0 } };
  }

  last(): { readonly last?: number } {
    return this.get('last') === undefined ? {} : { last: this.count('last') };
  }

  id(): { readonly id?: string } {
    return this.get('id') === undefined ? {} : { id: this.#name('id', MAX_ID_BYTES) };
  }

  rid(): { readonly rid?: Rid } {
    const rid = this.get('rid');
    if (rid === undefined) return {};
    if (typeof rid === 'string') return { rid: this.#name('rid', MAX_ID_BYTES) };
    // Any other number could come back as another one.
    if (Number.isSafeInteger(rid)) return { rid: rid as number };
    return this.#refuse('rid', 'is neither a string nor a whole number', {});
  }

  client(): string | undefined {
    const client = this.get('client');
    if (client === undefined || (typeof client === 'string' && SECRET.test(client))) return client;
    return this.#refuse('client', 'is not 128 bits in base64url', undefined);
  }

  /** The list of a `resume`. */
  positions(): ({ readonly topic: string } & Position)[] {
    const list = this.get('topics');
    if (!Array.isArray(list)) return this.#refuse('topics', 'is not a list', []);
    const seen = new Set<string>();
    const positions: ({ readonly topic: string } & Position)[] = [];
    for (const [i, item] of list.entries()) {
      const position = this.#within(`topics[${i}]`, item, (fields) => ({
        topic: fields.topic(),
        ...fields.position(),
      }));
      if (position === undefined) return [];
      if (seen.has(position.topic)) return this.#refuse(`topics[${i}]`, 'names a topic for the second time', []);
      seen.add(position.topic);
      positions.push(position);
    }
    return positions;
  }

  #name(name: string, maxBytes: number): string {
    const value = this.get(name);
    const problem = nameProblem(value, maxBytes);
    return problem === undefined ? (value as string) : this.#refuse(name, problem, '');
  }

  #within<T>(name: string, value: unknown, read: (fields: Fields) => T): T | undefined {
    if (!isObject(value)) return this.#refuse(name, 'is not an object', undefined);
    const fields = new Fields(value, this.#topicBytes);
    const result = read(fields);
    if (fields.problem === undefined) return result;
    this.problem ??= `${name}.${fields.problem}`;
    return undefined;
  }

  #refuse<T>(name: string, why: string, placeholder: T): T {
    this.problem ??= `${name} ${why}`;
    return placeholder;
  }
}

/** An object as JSON has it: no array. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
