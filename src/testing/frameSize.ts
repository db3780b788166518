import { byteLengthOf, type RawData } from '../protocol/codec.ts';
import type { Direction } from './faults.ts';

/** Approximate size of an upgrade request, and of its response. Unit bytes. */
export const HANDSHAKE_BYTES = 150;

/** Size of a frame on the wire: payload, header, and mask if a client sends it. RFC 6455 §5.2. Unit bytes. */
export function frameBytes(payload: RawData, direction: Direction): number {
  const bytes = byteLengthOf(payload);
  const header = bytes > 65_535 ? 10 : bytes > 125 ? 4 : 2;
  return bytes + header + (direction === 'toServer' ? 4 : 0);
}

/** Size of a close frame on the wire. Code 1005: it has none. RFC 6455 §5.5.1. Unit bytes. */
export function closeFrameBytes(code: number, reason: string, direction: Direction): number {
  return frameBytes(reason, direction) + (code === 1005 ? 0 : 2);
}
