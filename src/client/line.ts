import { ConnectionError } from './errors.ts';
import type { Line, Speaker } from './speaker.ts';
import type { Wire } from './wire.ts';

const wires = new WeakMap<object, Wire>();

/** A face and the wire behind it. Not by its actor: that would emit every message from then on, whether anybody listens or not. */
export function remember(face: object, wire: Wire): void {
  wires.set(face, wire);
}

/**
 * Lets a protocol be spoken on a connection, beside the application.
 * Throws a ConnectionError `'invalid-option'` for what is no connection, and where one is spoken already.
 */
export function speakOn(connection: object, speakerOf: (line: Line) => Speaker): void {
  const wire = wires.get(connection);
  if (wire === undefined) throw new ConnectionError('invalid-option', 'connection: one that createConnection has made');
  const { floor, sender } = wire;
  if (floor.isTaken)
    throw new ConnectionError('invalid-option', 'connection: somebody speaks a protocol on it already');
  const speaker = speakerOf({
    say: (data) => sender.gate.say(data),
    isClear: () => sender.gate.isClear,
    now: () => wire.now(),
    random: () => wire.random(),
    clock: wire.clock,
    settle: (outcome, message, reason) => sender.tellOutcome(outcome, message, reason),
    isOver: () => wire.isOver,
    leave: () => floor.takeBack(),
  });
  floor.give(speaker);
}
