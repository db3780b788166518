import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { SUBPROTOCOL } from '../protocol/topicFrames.ts';
import type { Outgoing } from './outgoing.ts';
import type { Peer, PeerEvents } from './peer.ts';

/** Above this a batch is not joined: the copy would cost more than the writes it saves. Unit bytes. */
const LARGEST_JOIN_BYTES = 65_536;
/** What a write that waits costs besides its bytes, in the heap of Node 20: some 220 measured for frames of 3. Unit bytes. */
export const WRITE_OVERHEAD_BYTES = 256;
/** What a close frame has room for. RFC 6455 §5.5. Unit bytes. */
const LARGEST_REASON_BYTES = 123;
const LARGEST_PAYLOAD_BYTES = 2 ** 31 - 1;
const NOTHING = Buffer.alloc(0);

/** A connection of `ws`, as the hub sees its peers. */
export function wsPeer(socket: WebSocket): Peer {
  return new WsPeer(socket);
}

/** Answers an upgrade with 101, and gives the peer; undefined where the socket has gone meanwhile. */
export type WsAcceptor = (request: IncomingMessage, socket: Duplex, head: Buffer) => Peer | undefined;

/** Upgrades by `ws`: deflate off, our subprotocol where it is offered and no other ever, 1009 for what is larger than `payloadBytes`. */
export function wsAcceptor(payloadBytes: number): WsAcceptor {
  // Pieces are many small buffers: without a bound a frame of a few bytes each costs a hundred times its size.
  const mostPieces = Math.max(1_024, Math.ceil(Math.min(payloadBytes, LARGEST_PAYLOAD_BYTES) / 64));
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: Math.min(payloadBytes, LARGEST_PAYLOAD_BYTES),
    maxFragments: mostPieces,
    maxBufferedChunks: mostPieces,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });
  return (request, socket, head) => {
    let peer: Peer | undefined;
    server.handleUpgrade(request, socket, head, (accepted) => (peer = wsPeer(accepted)));
    return peer;
  };
}

class WsPeer implements Peer {
  readonly #socket: WebSocket;
  readonly #internals: WsInternals | undefined;
  readonly #onTaken: () => void;
  #drained: () => void = () => undefined;
  #writesUnderWay = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    this.#internals = internalsOf(socket);
    this.#onTaken = () => this.#taken();
    // Whatever goes wrong ends in `close`; without a listener it would end the process.
    socket.on('error', () => undefined);
  }

  get bufferedAmount(): number {
    if (this.#socket.readyState === WebSocket.CLOSED) return 0;
    return this.#socket.bufferedAmount + this.#writesUnderWay * WRITE_OVERHEAD_BYTES;
  }

  send(batch: readonly Outgoing[]): void {
    const socket = this.#socket;
    if (socket.readyState !== WebSocket.OPEN || batch.length === 0) return;
    const internals = this.#internals;
    if (internals !== undefined && isIdle(internals)) this.#write(internals._socket, batch);
    else {
      this.#writesUnderWay += batch.length;
      for (const { text } of batch) socket.send(text, this.#onTaken);
    }
  }

  #write(stream: Duplex, batch: readonly Outgoing[]): void {
    const wire = joined(batch);
    if (wire !== undefined) stream.write(wire);
    else {
      stream.cork();
      for (const frame of batch) stream.write(frame.wire);
      stream.uncork();
    }
    if (stream.writableLength === 0) return;
    const writes = wire === undefined ? batch.length : 1;
    this.#writesUnderWay += writes;
    // Asked for only here: most writes are taken at once, and a callback for each would cost all of them.
    stream.write(NOTHING, writes === 1 ? this.#onTaken : () => this.#taken(writes));
  }

  // The stream's own `drain` would not do: it comes only where more than its high-water mark had been waiting.
  #taken(writes = 1): void {
    this.#writesUnderWay -= writes;
    if (this.#writesUnderWay === 0 && this.#socket.readyState === WebSocket.OPEN) this.#drained();
  }

  ping(): void {
    this.#socket.ping();
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, fitting(reason));
  }

  terminate(): void {
    this.#socket.terminate();
  }

  listen(events: PeerEvents): void {
    const socket = this.#socket;
    this.#drained = () => events.drained();
    socket.on('message', (data, isBinary) => {
      const bytes = data as Buffer;
      if (isBinary) events.binary();
      else events.text(bytes.toString(), bytes.length);
    });
    socket.on('ping', () => events.alive());
    socket.on('pong', () => events.alive());
    socket.on('close', (code) => events.closed(code));
  }
}

/** What is used of the inside of `ws`, to write frames that are framed already. Looked at in 8.23; a test holds it. */
interface WsInternals {
  readonly _isServer: boolean;
  readonly _socket: Duplex;
  readonly _sender: {
    readonly _state: number;
    readonly _queue: readonly unknown[];
    readonly _bufferedBytes: number;
    readonly _firstFragment: boolean;
  };
}

/** Undefined where frames may not pass `ws` by: it deflates or masks them, or its inside is not what it was. */
function internalsOf(socket: WebSocket): WsInternals | undefined {
  const { _isServer, _socket, _sender } = socket as unknown as Partial<WsInternals>;
  const isKnown =
    socket.extensions === '' &&
    _isServer === true &&
    typeof _socket?.write === 'function' &&
    typeof _socket.cork === 'function' &&
    typeof _sender?._state === 'number' &&
    Array.isArray(_sender._queue) &&
    typeof _sender._bufferedBytes === 'number' &&
    typeof _sender._firstFragment === 'boolean';
  return isKnown ? (socket as unknown as WsInternals) : undefined;
}

/** Nothing waits inside `ws` that was sent earlier, and no message of several frames is under way. */
function isIdle({ _sender }: WsInternals): boolean {
  return _sender._state === 0 && _sender._queue.length === 0 && _sender._bufferedBytes === 0 && _sender._firstFragment;
}

/** The last batch that was joined. Most of a topic's subscribers get the same one, one after the other. */
let lastJoin: { readonly batch: readonly Outgoing[]; readonly wire: Buffer } | undefined;

/** A batch in one piece; undefined where it is too large for that. */
function joined(batch: readonly Outgoing[]): Buffer | undefined {
  if (batch.length === 1) return batch[0]?.wire;
  if (lastJoin !== undefined && isSame(lastJoin.batch, batch)) return lastJoin.wire;
  let bytes = 0;
  for (const frame of batch) bytes += frame.byteLength;
  if (bytes > LARGEST_JOIN_BYTES) return undefined;
  const wire = Buffer.concat(
    batch.map((frame) => frame.wire),
    bytes,
  );
  lastJoin = { batch: [...batch], wire };
  return wire;
}

function isSame(one: readonly Outgoing[], other: readonly Outgoing[]): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) if (one[index] !== other[index]) return false;
  return true;
}

/** Cut where it is too long, between two characters. */
function fitting(reason: string): string {
  if (Buffer.byteLength(reason) <= LARGEST_REASON_BYTES) return reason;
  let cut = '';
  let bytes = 0;
  for (const character of reason) {
    bytes += Buffer.byteLength(character);
    if (bytes > LARGEST_REASON_BYTES) break;
    cut += character;
  }
  return cut;
}
