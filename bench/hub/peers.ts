/** Thousands of peers in a process of its own, that do nothing but count: bare TCP, a handshake, and the heads of frames. */
import { connect, type Socket } from 'node:net';
import { entrants, type Greeting, type Name } from './contenders.ts';
import { answerWith } from './dialogue.ts';
import { FrameCounter } from './frameCounter.ts';

/** Connections that are opened at the same time. */
const AT_ONCE = 100;

/** Frames that came to all peers of one contender since they had been greeted. */
class Tally {
  #frames = 0;
  #awaited = Infinity;
  #resolve: () => void = () => undefined;

  add(frames: number): void {
    this.#frames += frames;
    if (this.#frames >= this.#awaited) this.#resolve();
  }

  reach(frames: number): Promise<void> {
    this.#awaited = frames;
    return this.#frames >= frames ? Promise.resolve() : new Promise((resolve) => (this.#resolve = resolve));
  }
}

const tallies = new Map<Name, Tally>();

/** Resolves when it has been greeted. A stalled one reads nothing from then on. */
function open(port: number, greeting: Greeting, tally: Tally, isStalled: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const counter = new FrameCounter();
    let greetings = -1;
    const socket: Socket = connect(port, '127.0.0.1', () => socket.write(request(greeting)));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('hung up on while greeted')));
    socket.on('data', (bytes) => {
      let frames: number;
      if (greetings === -1) {
        // Nobody says anything before it is asked, but the hub's hello may come with the answer.
        const end = bytes.indexOf('\r\n\r\n') + 4;
        for (const text of greeting.says) socket.write(masked(text));
        greetings = 0;
        frames = counter.count(bytes.subarray(end));
      } else frames = counter.count(bytes);
      if (greetings > greeting.answers) return tally.add(frames);
      greetings += frames;
      if (greetings < greeting.answers) return;
      tally.add(greetings - greeting.answers);
      greetings = Infinity;
      if (isStalled) socket.pause();
      resolve();
    });
  });
}

function request({ path, protocol }: Greeting): string {
  const offer = protocol === undefined ? '' : `Sec-WebSocket-Protocol: ${protocol}\r\n`;
  return (
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n${offer}\r\n`
  );
}

/** A text frame of at most 125 bytes. Its mask is zero, so that nothing changes. RFC 6455 §5.3. */
function masked(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x81, 0x80 | Buffer.byteLength(text), 0, 0, 0, 0]), Buffer.from(text)]);
}

answerWith({
  async open({
    name,
    port,
    count,
    isStalled = false,
  }: {
    name: Name;
    port: number;
    count: number;
    isStalled?: boolean;
  }) {
    const tally = tallies.get(name) ?? new Tally();
    tallies.set(name, tally);
    const { greeting } = entrants[name];
    for (let opened = 0; opened < count; opened += AT_ONCE) {
      const some = Array.from({ length: Math.min(AT_ONCE, count - opened) }, () =>
        open(port, greeting, tally, isStalled),
      );
      await Promise.all(some);
    }
  },
  /** Answers when so many frames have come since the first peer was greeted. */
  reach: ({ name, frames }: { name: Name; frames: number }) => tallies.get(name)?.reach(frames),
});
