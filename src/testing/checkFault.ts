import { invalidOption } from '../client/errors.ts';
import { byteLengthOf } from '../protocol/codec.ts';
import type { FaultSpec, FaultType } from './faults.ts';

/** The longest delay a timer knows: beyond it, it fires after 1 ms. */
export const MAX_DELAY_MS = 2 ** 31 - 1;

/** Throws a ConnectionError `'invalid-option'` unless it is a number in that range, or missing where it may be. */
export function checkNumber(name: string, value: unknown, min: number, max: number, unit: string, isWhole = false) {
  if (typeof value === 'number' && value >= min && value <= max && (!isWhole || Number.isInteger(value))) return;
  const kind = isWhole ? 'whole number' : 'number';
  throw invalidOption(name, `a ${kind} of ${unit} from ${min} to ${max}`, value);
}

type Check = (name: string, value: unknown) => void;

const number =
  (min: number, max: number, unit: string, isWhole = false): Check =>
  (name, value) =>
    checkNumber(name, value, min, max, unit, isWhole);
const oneOf =
  (...accepted: readonly string[]): Check =>
  (name, value) => {
    if (accepted.includes(value as string)) return;
    throw invalidOption(name, accepted.map((word) => `'${word}'`).join(' or '), value);
  };
const required = (check: Check): Check & { isRequired: true } =>
  Object.assign((name: string, value: unknown) => check(name, value), { isRequired: true as const });

const delay = number(0, MAX_DELAY_MS, 'milliseconds');
const timing = { forMs: number(1, MAX_DELAY_MS, 'milliseconds') };
const scope = { ...timing, on: oneOf('existing', 'new', 'all') };
const directed = { ...scope, direction: oneOf('toServer', 'toClient', 'both') };
const neverSent = [1004, 1005, 1006, 1015];

const closeCode: Check = (name, value) => {
  checkNumber(name, value, 1000, 4999, 'close codes', true);
  if (neverSent.includes(value as number)) throw invalidOption(name, 'a close code that may be sent', value);
};
const closeReason: Check = (name, value) => {
  if (typeof value === 'string' && byteLengthOf(value) <= 123) return;
  throw invalidOption(name, 'a string of at most 123 bytes of UTF-8', value);
};

type Checks = Readonly<Record<string, Check & { isRequired?: true }>>;

/** What a narrow line is made of. */
const line: Checks = {
  direction: directed.direction,
  bytesPerSecond: required(number(1, Infinity, 'bytes a second')),
  queueBytes: number(1, Infinity, 'bytes'),
  kernelBytes: number(1, Infinity, 'bytes'),
};

const checks: { readonly [K in FaultType]: Checks } = {
  reset: scope,
  blackhole: directed,
  halfOpen: scope,
  latency: { ...directed, delayMs: delay, jitterMs: delay },
  bandwidth: { ...scope, ...line },
  refuse: {
    ...timing,
    status: number(300, 599, 'an HTTP status', true),
    retryAfterSeconds: number(0, Number.MAX_SAFE_INTEGER, 'seconds', true),
  },
  stall: timing,
  truncate: {
    ...scope,
    afterBytes: required(number(0, Number.MAX_SAFE_INTEGER, 'bytes', true)),
    direction: oneOf('toServer', 'toClient'),
  },
  close: { ...scope, code: closeCode, reason: closeReason },
  down: timing,
  flap: { ...scope, aliveMs: delay, jitterMs: delay },
};

/** Throws a ConnectionError `'invalid-option'` that names the option of a fault that cannot be used, or is misspelt. */
export function checkFault(spec: FaultSpec, known = Object.keys(checks)): void {
  const { type, ...given } = spec;
  oneOf(...known)('type', type);
  checkAll(type, given, checks[type]);
}

/** The same for a line. `name`: what the error calls it. */
export function checkLine(name: string, given: unknown): void {
  if (typeof given !== 'object' || given === null) throw invalidOption(name, 'an object', given);
  checkAll(name, given, line);
}

function checkAll(name: string, given: object, accepted: Checks): void {
  const values = given as Readonly<Record<string, unknown>>;
  for (const [option, value] of Object.entries(values)) {
    const check = Object.hasOwn(accepted, option) ? accepted[option] : undefined;
    if (check === undefined) throw invalidOption(`${name}.${option}`, Object.keys(accepted).join(', '), value);
    if (value !== undefined) check(`${name}.${option}`, value);
  }
  for (const [option, check] of Object.entries(accepted)) {
    if (check.isRequired && values[option] === undefined) check(`${name}.${option}`, undefined);
  }
}
