import type { Entry, Message, Position } from './frames.ts';
import type { Ledger } from './ledger.ts';
import type { RulesInForce } from './rules.ts';

/** How many entries the log keeps, how many may be read at once. */
const HISTORY = 5;
const MAX_READ = 3;

export type Told = { readonly entry: Entry } | { readonly generation: number };
export type PublishAnswer =
  (Position & { readonly generation: number }) | { readonly generation: number; readonly isRefused: true };
export interface ReadAnswer extends Position {
  readonly entries: readonly Entry[];
  readonly recovered: boolean;
}

interface Store {
  readonly epoch: number;
  readonly top: number;
  readonly entries: readonly Entry[];
  readonly ids: ReadonlyMap<string, { readonly offset: number; readonly atMs: number }>;
}

/** One topic in one broker, that can come back as it once was. */
export class ModelBroker {
  /** Counts losses; a hub learns of them when it is told, or when it is refused. */
  generation = 0;
  readonly #rules: RulesInForce;
  readonly #ledger: Ledger;
  readonly #windowMs: number;
  readonly #tell: (told: Told) => void;
  #store: Store = { epoch: 0, top: 0, entries: [], ids: new Map() };
  #dump: Store = this.#store;
  #epochs = 0;

  constructor(rules: RulesInForce, ledger: Ledger, windowMs: number, tell: (told: Told) => void) {
    this.#rules = rules;
    this.#ledger = ledger;
    this.#windowMs = windowMs;
    this.#tell = tell;
  }

  get position(): Position {
    return { epoch: this.#store.epoch, offset: this.#store.top };
  }

  /** `seenTop` is what the hub took for the top when it asked: a broker that keeps the rules does not mind. */
  publish(message: Message, generation: number, seenTop: number, nowMs: number): PublishAnswer {
    if (this.#rules.generationWithPublish && generation !== this.generation) {
      return { generation: this.generation, isRefused: true };
    }
    const { epoch, top, entries, ids } = this.#store;
    const key = this.#rules.ownScope ? `${message.publisher} ${message.seq}` : `${message.seq}`;
    const first = ids.get(key);
    if (this.#rules.dedupe && first !== undefined && nowMs - first.atMs < this.#windowMs) {
      return { epoch, offset: first.offset, generation: this.generation };
    }
    const offset = (this.#rules.offsetWithAppend ? top : seenTop) + 1;
    const entry = { epoch, offset, message };
    this.#ledger.append(entry);
    this.#store = {
      epoch,
      top: offset,
      entries: [...entries, entry].slice(-HISTORY),
      ids: new Map(ids).set(key, { offset, atMs: nowMs }),
    };
    this.#tell({ entry });
    return { epoch, offset, generation: this.generation };
  }

  read(since: Position | undefined): ReadAnswer {
    const { epoch, top, entries } = this.#store;
    const otherwise = { epoch, offset: top, entries: [], recovered: false };
    if (since === undefined || since.offset > top) return otherwise;
    if (this.#rules.sameEpochOnly && since.epoch !== epoch) return otherwise;
    const missing = entries.filter(({ offset }) => offset > since.offset);
    if (this.#rules.wholeTailOnly && missing.length < top - since.offset) return otherwise;
    if (this.#rules.wholeReplayOnly && missing.length > MAX_READ) return otherwise;
    return { epoch, offset: top, entries: missing.slice(0, MAX_READ), recovered: true };
  }

  /** Age has reached the oldest entry. */
  forgetOldest(): void {
    this.#store = { ...this.#store, entries: this.#store.entries.slice(1) };
  }

  /** Writes down how things are now. */
  dump(): void {
    this.#dump = this.#store;
  }

  /** Comes back as it was when that was written down: what has been acknowledged since is gone. */
  comeBack(): void {
    const { epoch, top, entries, ids } = this.#dump;
    if (!this.#rules.newEpochAfterLoss) {
      this.#store = this.#dump;
      return;
    }
    const next = ++this.#epochs;
    this.#ledger.begin(next, { epoch, offset: top });
    this.#store = { epoch: next, top, entries: entries.map((entry) => ({ ...entry, epoch: next })), ids };
    this.#dump = this.#store;
    this.generation++;
    this.#tell({ generation: this.generation });
  }
}
