import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Draw } from '../simulation/draw.ts';
import { drawFatal, drawHarmless, SECRET, type Saying } from './fuzzFrames.ts';
import { Heard, isCloseCode } from './fuzzHeard.ts';
import { drawGranted, drawRefused, drawUnfinished, type Opening } from './fuzzOpenings.ts';
import { clientFrame } from './rawClient.ts';

/** The frames of one flood go out so many at a time, until the hub hangs up. */
const FLOOD_STEP = 200;
/** A flood that nobody stops. */
const MOST_FLOOD = 20_000;

/** Where to attack, and who is told what. */
export interface Target {
  readonly port: number;
  readonly hasLogin: boolean;
  /** Resolves when everybody is to leave. */
  readonly over: Promise<void>;
  readonly breach: (what: string) => void;
  /** `count`: frames of WebSocket, where it is such a thing. */
  readonly said: (kind: string, count: number) => void;
  readonly ended: (how: string) => void;
}

/** One connection of somebody who means ill, from its first byte to its end. */
export async function attack(target: Target, draw: Draw): Promise<void> {
  const opening = draw.weighed<() => Opening>([
    [16, () => drawGranted(draw)],
    [4, () => drawRefused(draw, target.hasLogin)],
    [3, () => drawUnfinished(draw)],
  ])();
  const socket = connect({ port: target.port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const heard = new Heard(socket, opening.isBasic, (what) => target.breach(`${opening.kind}: ${what}`));
  try {
    target.said(opening.kind, 0);
    await new Attacker(target, draw, socket, heard, opening).run();
  } catch (error) {
    target.breach(`${opening.kind}: ${String(error)}`);
  }
  socket.destroy();
  await heard.until('the end of a raw connection', () => heard.isOver);
  if (heard.status !== undefined && heard.status !== 101) target.ended(`refused ${heard.status}`);
  else target.ended(heard.closeCode === undefined ? 'cut' : `closed ${heard.closeCode}`);
}

class Attacker {
  readonly #target: Target;
  readonly #draw: Draw;
  readonly #socket: Socket;
  readonly #heard: Heard;
  readonly #opening: Opening;
  #malformed = 0;

  constructor(target: Target, draw: Draw, socket: Socket, heard: Heard, opening: Opening) {
    this.#target = target;
    this.#draw = draw;
    this.#socket = socket;
    this.#heard = heard;
    this.#opening = opening;
  }

  async run(): Promise<void> {
    const { status, head } = this.#opening;
    await this.#write(head);
    if (status === undefined) return this.#leaveAnyhow();
    // Who does not wait for the 101 is heard all the same.
    if (status !== 101 || this.#draw.chance(0.7)) await this.#answered(status);
    if (status !== 101) return this.#heard.until('the end of a refusal', () => this.#heard.isOver);
    const end = this.#draw.weighed<() => Promise<void>>([
      [10, () => this.#endFatally()],
      [8, () => this.#endCalmly()],
      [5, () => this.#endWithinFrame()],
      [3, () => this.#stay()],
      [0.5, () => this.#flood()],
    ]);
    for (let n = this.#draw.whole(0, 60); n > 0 && !this.#socket.destroyed; n--) await this.#say(this.#drawHarmless());
    await end();
  }

  async #answered(status: number): Promise<void> {
    const heard = this.#heard;
    await heard.until('an answer to an upgrade', () => heard.status !== undefined || heard.isOver);
    if (heard.status !== status) this.#target.breach(`${this.#opening.kind}: ${heard.status} in place of ${status}`);
  }

  async #endFatally(): Promise<void> {
    const heard = this.#heard;
    const saying = drawFatal(this.#draw, { isBasic: this.#opening.isBasic, hasLogin: this.#target.hasLogin });
    await this.#say(saying);
    // What comes after the end is not listened to, and spoils no close frame on its way.
    await heard.until(`the end of who said ${saying.kind}`, () => heard.closeCode !== undefined || heard.isOver);
    if (heard.closeCode !== saying.end)
      this.#target.breach(`${saying.kind}: ${heard.closeCode} in place of ${saying.end}`);
    if (saying.kind !== 'goodbye' && heard.closeCode !== undefined && !isCloseCode(heard.closeCode))
      this.#target.breach(`${saying.kind}: PROTOCOL.md has no ${heard.closeCode}`);
    if (this.#draw.chance(0.3)) await this.#write(clientFrame(1, '{"type":"ping"}'));
    if (this.#draw.chance(0.5)) return;
    await this.#write(clientFrame(8, Buffer.from([0x03, 0xe8])));
    await heard.until('the end after a goodbye', () => heard.isOver);
  }

  /** All that was said has been answered when the answer to the last question is there. */
  async #endCalmly(): Promise<void> {
    const heard = this.#heard;
    const t = `last ${this.#draw.unit()}`;
    await this.#say({ kind: 'last question', wire: clientFrame(1, JSON.stringify({ type: 'last', t })), frames: 1 });
    await heard.until('the last answer', () => heard.echoes.has(t) || heard.isOver);
    if (!heard.echoes.has(t)) this.#target.breach(`hung up with ${heard.closeCode} on frames that do no harm`);
    const told = heard.errors.get('bad_frame') ?? 0;
    if (told < this.#malformed) this.#target.breach(`${told} of ${this.#malformed} malformed frames were answered`);
    await this.#leaveAnyhow();
  }

  async #endWithinFrame(): Promise<void> {
    const { wire } = this.#drawHarmless();
    await this.#write(wire.subarray(0, this.#draw.whole(0, wire.length - 1)));
    await this.#leaveAnyhow();
  }

  async #stay(): Promise<void> {
    if (this.#draw.chance(0.5)) this.#socket.pause();
    await this.#target.over;
    this.#socket.resume();
  }

  async #flood(): Promise<void> {
    const heard = this.#heard;
    const said = this.#draw.pick(
      '{"type":"ping"}',
      '{"type":',
      '{"type":"subscribe","topic":"news"}',
      '{"type":"publish","topic":"news","data":1,"id":"x"}',
      `{"type":"dance","token":"${SECRET}"}`,
    );
    for (let sent = 0; heard.closeCode === undefined && !heard.isOver && sent < MOST_FLOOD; sent += FLOOD_STEP) {
      const wire = Buffer.concat(Array.from({ length: FLOOD_STEP }, () => clientFrame(1, said)));
      await this.#say({ kind: 'flood', wire, frames: FLOOD_STEP });
    }
    await heard.until('the end of a flood', () => heard.closeCode !== undefined || heard.isOver);
    if (heard.closeCode !== 4429) this.#target.breach(`a flood ended with ${heard.closeCode}`);
  }

  /** With a FIN, with a reset, or at once. */
  async #leaveAnyhow(): Promise<void> {
    for (let n = this.#draw.whole(0, 3); n > 0; n--) await turn();
    if (this.#draw.chance(0.3)) this.#socket.resetAndDestroy();
    else if (this.#draw.chance(0.5)) this.#socket.end();
    await turn();
  }

  #drawHarmless(): Saying {
    return drawHarmless(this.#draw, { isBasic: this.#opening.isBasic, hasLogin: this.#target.hasLogin });
  }

  async #say({ kind, wire, frames, isMalformed }: Saying): Promise<void> {
    if (isMalformed === true) this.#malformed++;
    this.#target.said(kind, frames);
    await this.#write(wire);
  }

  /** In pieces, cut between any two bytes. */
  async #write(bytes: Buffer): Promise<void> {
    let from = 0;
    for (let n = this.#draw.weighed([[6, 0] as const, [1, 1] as const, [1, 4] as const]); n > 0; n--) {
      const to = this.#draw.whole(from, bytes.length);
      this.#put(bytes.subarray(from, to));
      from = to;
      await turn();
    }
    this.#put(bytes.subarray(from));
    if (this.#draw.chance(0.2)) await turn();
  }

  #put(bytes: Buffer): void {
    if (!this.#socket.destroyed && this.#socket.writable) this.#socket.write(bytes);
  }
}

/** Lets the hub read what has been written. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
