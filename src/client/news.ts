import type { ConnectionEvents, EventName, WarningCode } from './events.ts';
import { Listeners } from './listeners.ts';

/** An event with its name, as an actor emits it. */
export interface NamedEvent {
  readonly type: EventName;
}

const isOutcome = (name: EventName): boolean => name === 'outcome' || name === 'dropped';

interface Item {
  readonly name: EventName;
  readonly payload: object;
}

/**
 * What happens, told to whoever listens, in the order it happened. While the wire or the chart is at work nothing is
 * told: listeners find both where the news says they are, and may send, connect or dispose in answer.
 */
export class News {
  /** Messages have their own way: straight from the socket, with the frame beside them. */
  readonly messages = new Listeners<any, unknown>();
  /** Told of everything, too, as one event with its name: the actor's own listeners, a parent. */
  readonly echoes = new Listeners<NamedEvent>();
  readonly disposals = new Listeners<undefined>();
  readonly #listeners = new Map<EventName, Listeners<any>>();
  readonly #warned = new Set<WarningCode>();
  readonly #items: Item[] = [];
  /** How many tellings are under way, one in another. */
  #depth = 0;
  #isOver = false;

  on(name: EventName, listener: (event: any) => void): () => void {
    let listeners = this.#listeners.get(name);
    if (listeners === undefined) this.#listeners.set(name, (listeners = new Listeners()));
    return listeners.add(listener);
  }

  tell<K extends EventName>(name: K, payload: ConnectionEvents[K]): void {
    if (!this.#isHeard(name)) return;
    this.#items.push({ name, payload });
    this.#tellAll();
  }

  #isHeard(name: EventName): boolean {
    return !this.echoes.isEmpty || !(this.#listeners.get(name)?.isEmpty ?? true);
  }

  /** Once for each code that somebody hears. */
  warn(code: WarningCode, message: string): void {
    if (this.#warned.has(code) || !this.#isHeard('warned')) return;
    this.#warned.add(code);
    this.tell('warned', { code, message });
  }

  tellMessage(message: unknown, frame: unknown): void {
    this.messages.call(message, frame);
    if (!this.echoes.isEmpty) this.echoes.call({ type: 'message', message } as NamedEvent, undefined);
  }

  /** From here on only outcomes are told: a listener that dials again at every end must not be asked to. */
  finish(): void {
    this.#isOver = true;
  }

  /** Work begins; what happens is told when the last that began has ended. */
  begin(): void {
    this.#depth++;
  }

  end(): void {
    this.#depth--;
    this.#tellAll();
  }

  #tellAll(): void {
    if (this.#depth > 0) return;
    this.#depth++;
    for (let item = this.#items.shift(); item !== undefined; item = this.#items.shift()) {
      const { name, payload } = item;
      if (this.#isOver && !isOutcome(name)) continue;
      this.#listeners.get(name)?.call(payload, undefined);
      if (!this.echoes.isEmpty) this.echoes.call({ ...payload, type: name }, undefined);
    }
    this.#depth--;
  }
}
