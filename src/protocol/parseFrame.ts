import { Fields, isObject } from './frameFields.ts';
import { surveyJson } from './surveyJson.ts';
import type { ClientFrame, FrameErrorCode, Rid } from './topicFrames.ts';

export { topicProblem } from './frameFields.ts';

/**
 * How deep objects and arrays may be nested. Whoever reads or writes JSON recursively has a stack that ends: V8's
 * `JSON.stringify` above 3,000 levels, Python's `json` at 1,000. What passes here can be handed to any of them.
 */
export const MAX_DEPTH = 128;

/** As {@link ClientFrame}; `dataText` is what was written as `data`, to the letter: no number loses a digit, no key its place. */
export type ParsedFrame =
  | Exclude<ClientFrame, { type: 'publish' }>
  | (Extract<ClientFrame, { type: 'publish' }> & { readonly dataText: string });

/** Those of one type. */
export type FrameOf<T extends ParsedFrame['type']> = Extract<ParsedFrame, { type: T }>;

/** A frame of a type that the mode knows. */
export interface FromClient {
  readonly kind: 'client';
  readonly frame: ParsedFrame;
  /** The secret that tells this client from others; any first frame may bring it. */
  readonly client: string | undefined;
}

/** JSON, but none of ours: a frame of another type, or no object at all. */
export interface Other {
  readonly kind: 'other';
  readonly frame: unknown;
  readonly client: string | undefined;
}

/** No JSON, nested too deep, or a frame of ours with a field that is not as it has to be. */
export interface Malformed {
  readonly kind: 'malformed';
  readonly code: FrameErrorCode;
  /** Names fields, and holds nothing that the client wrote. */
  readonly message: string;
  /** What an answer can refer to: what was right in itself. */
  readonly about: { readonly rid?: Rid; readonly id?: string; readonly topic?: string };
  readonly client: undefined;
}

export interface FrameRules {
  /** Longest name of a topic. Unit bytes of UTF-8. */
  readonly topicBytes: number;
}

type Parser = (fields: Fields, dataText: string | undefined) => ParsedFrame;

const basicParsers: ReadonlyMap<unknown, Parser> = new Map<unknown, Parser>([
  ['subscribe', (fields) => ({ type: 'subscribe', topic: fields.topic() })],
  ['unsubscribe', (fields) => ({ type: 'unsubscribe', topic: fields.topic() })],
  ['ping', ping],
]);
const topicParsers: ReadonlyMap<unknown, Parser> = new Map<unknown, Parser>([
  [
    'subscribe',
    (fields) => ({ type: 'subscribe', topic: fields.topic(), ...fields.rid(), ...fields.since(), ...fields.last() }),
  ],
  ['resume', (fields) => ({ type: 'resume', ...fields.rid(), topics: fields.positions() })],
  ['unsubscribe', (fields) => ({ type: 'unsubscribe', topic: fields.topic(), ...fields.rid() })],
  ['publish', publish],
  ['ping', ping],
  ['auth', (fields) => ({ type: 'auth', token: fields.token() })],
]);

/**
 * What a client says, for certain: of a frame of ours every field that is known is there as its type says; others are ignored.
 * Never throws. Basic mode knows fewer types and fewer fields; what it does not know is not held against anybody.
 */
export function parseFrame(text: string, { topicBytes }: FrameRules, isBasic = false): FromClient | Other | Malformed {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return malformed('this is no JSON');
  }
  const { depth, valueText } = surveyJson(text, 'data');
  if (depth > MAX_DEPTH) return malformed(`nested deeper than ${MAX_DEPTH} levels`);
  if (!isObject(json)) return { kind: 'other', frame: json, client: undefined };

  const fields = new Fields(json, topicBytes);
  const parse = (isBasic ? basicParsers : topicParsers).get(fields.get('type'));
  const client = isBasic ? undefined : fields.client();
  // A frame that is not ours may have a field of that name that is not ours.
  if (parse === undefined) return { kind: 'other', frame: json, client };
  const frame = parse(fields, valueText === undefined ? undefined : apart(valueText, text));
  if (fields.problem !== undefined) return malformed(fields.problem, json, topicBytes);
  return { kind: 'client', frame, client };
}

function publish(fields: Fields, dataText: string | undefined): ParsedFrame {
  const topic = fields.topic();
  if (dataText === undefined) fields.problem ??= 'data is missing';
  return {
    type: 'publish',
    topic,
    data: fields.get('data'),
    dataText: dataText ?? '',
    ...fields.id(),
    ...fields.rid(),
  };
}

function ping(fields: Fields): ParsedFrame {
  const t = fields.get('t');
  return t === undefined ? { type: 'ping' } : { type: 'ping', t };
}

/** A piece of a text can keep all of it in memory. Where that is much more, the piece is made anew. */
function apart(piece: string, text: string): string {
  return piece.length * 2 > text.length ? piece : (JSON.parse(JSON.stringify(piece)) as string);
}

function malformed(message: string, json: object = {}, topicBytes = 0): Malformed {
  const right = <T extends object>(read: (fields: Fields) => T): Partial<T> => {
    const fields = new Fields(json, topicBytes);
    const found = read(fields);
    return fields.problem === undefined ? found : {};
  };
  const about = {
    ...right((fields) => fields.rid()),
    ...right((fields) => fields.id()),
    ...right((fields) => ({ topic: fields.topic() })),
  };
  return { kind: 'malformed', code: 'bad_frame', message, about, client: undefined };
}
