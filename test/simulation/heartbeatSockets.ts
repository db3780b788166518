/** Sockets of other platforms, made of simulated ones: they differ in what their pings do, and in what they tell of a pong. */
import type { FakeNodeSocket, FakeSocketClass } from '../../src/testing/index.ts';

/** Its `ping()` is an empty binary message, as on Android, and nothing ever tells of a pong (react-native#57839). */
export function asInReactNative(Base: FakeSocketClass): FakeSocketClass {
  return class extends Base {
    ping(): void {
      this.send(new Uint8Array(0));
    }
  };
}

type PongListener = (event: { readonly data: unknown }) => void;

const payloads = {
  ArrayBuffer: (payload: string) => new TextEncoder().encode(payload).buffer,
  Blob: (payload: string) => new BlobAtOnce([payload]),
};

/** Pongs are events whose payload comes as `binaryType` says (bun#37111). */
export function asInBun(binaryType: keyof typeof payloads) {
  return (Base: FakeSocketClass): FakeSocketClass =>
    class extends (Base as FakeSocketClass<FakeNodeSocket>) {
      readonly #listeners: PongListener[] = [];

      constructor(...target: ConstructorParameters<FakeSocketClass>) {
        super(...target);
        Object.assign(this, { on: undefined });
      }

      override addEventListener(...given: Parameters<FakeNodeSocket['addEventListener']>): void {
        const [name, listener] = given as [name: string, listener: unknown];
        if (name === 'pong') this.#listeners.push(listener as PongListener);
        else super.addEventListener(...given);
      }

      override pongs(payload: string): void {
        const data = payloads[binaryType](payload);
        for (const listener of this.#listeners) listener({ data });
      }
    };
}

/** A thread reads it in real time, which virtual time does not wait for. */
class BlobAtOnce extends Blob {
  readonly #text: string;

  constructor([text]: [string]) {
    super([text]);
    this.#text = text;
  }

  override text(): Promise<string> {
    const text: PromiseLike<string> = { then: (read) => (read?.(this.#text), this.text() as never) };
    return text as Promise<string>;
  }
}
