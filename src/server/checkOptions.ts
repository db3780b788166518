/** Bad options are refused by name, and early. */

export type Check = (value: unknown) => boolean;
export const isFunction: Check = (value) => typeof value === 'function';
const isPositive: Check = (value) => typeof value === 'number' && value > 0;
const isCount: Check = (value) => value === Infinity || (Number.isSafeInteger(value) && (value as number) > 0);
export const isObject: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What an option accepts, in words and as a check. */
export type Accepted = readonly [words: string, isRight: Check];

export const aboveZero: Accepted = ['a number above 0', isPositive];
export const fromZero: Accepted = ['a number from 0, or Infinity', (value) => typeof value === 'number' && value >= 0];
export const count: Accepted = ['a whole number from 1, or Infinity', isCount];
export const anObject: Accepted = ['an object', isObject];
export const aFunction: Accepted = ['a function', isFunction];

/** Throws a TypeError that names the option and what is accepted. */
export function check(prefix: string, options: object, accepted: Readonly<Record<string, Accepted>>): void {
  for (const [name, value] of Object.entries(options)) {
    const known = Object.hasOwn(accepted, name) ? accepted[name] : undefined;
    if (known === undefined) {
      throw new TypeError(`${prefix}${name}: there is no such option; there are ${Object.keys(accepted).join(', ')}`);
    }
    const [words, isRight] = known;
    if (value !== undefined && !isRight(value))
      throw new TypeError(`${prefix}${name}: ${words}; got ${describe(value)}`);
  }
}

/** Only those options that were given. */
export function given<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}

/** A value in an error: no text, which may be a secret. */
export function describe(value: unknown): string {
  return typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : value === null
      ? 'null'
      : typeof value;
}
