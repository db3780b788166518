import type { Position } from '../../protocol/topicFrames.ts';
import { Ring } from './ring.ts';

/** A publish that had an id, and where it went. */
interface Remembered<Topic> extends Position {
  readonly key: string;
  readonly topic: Topic;
  readonly atMs: number;
}

/** Ids of publishes, each for one window from the first time it came. A clock that does not go back makes the oldest the first to end. */
export class RememberedIds<Topic extends { readonly serial: number; ids: number }> {
  readonly #windowMs: number;
  readonly #max: number;
  readonly #byKey = new Map<string, Remembered<Topic>>();
  readonly #oldestFirst = new Ring<Remembered<Topic>>();

  constructor(windowMs: number, max: number) {
    this.#windowMs = windowMs;
    this.#max = max;
  }

  get isFull(): boolean {
    return this.#oldestFirst.length >= this.#max;
  }

  find(topic: Topic, scope: string, id: string, nowMs: number): Position | undefined {
    const found = this.#byKey.get(keyOf(topic, scope, id));
    return found === undefined || this.#isOver(found, nowMs) ? undefined : found;
  }

  add(topic: Topic, scope: string, id: string, { epoch, offset }: Position, nowMs: number): void {
    if (this.#windowMs <= 0) return;
    const remembered = { key: keyOf(topic, scope, id), topic, epoch, offset, atMs: nowMs };
    this.#byKey.set(remembered.key, remembered);
    this.#oldestFirst.push(remembered);
    topic.ids++;
  }

  /** Forgets what is past the window, up to so many. */
  forget(atMost: number, nowMs: number): void {
    for (let i = 0; i < atMost; i++) {
      const oldest = this.#oldestFirst.at(0);
      if (oldest === undefined || !this.#isOver(oldest, nowMs)) return;
      this.#oldestFirst.shift();
      oldest.topic.ids--;
      // It may have come again after the window.
      if (this.#byKey.get(oldest.key) === oldest) this.#byKey.delete(oldest.key);
    }
  }

  #isOver({ atMs }: Remembered<Topic>, nowMs: number): boolean {
    return nowMs - atMs >= this.#windowMs;
  }
}

/** No two publishes have the same by chance of where one part ends. */
function keyOf({ serial }: { readonly serial: number }, scope: string, id: string): string {
  return `${serial} ${scope.length} ${scope}${id}`;
}
