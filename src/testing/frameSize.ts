import { byteLengthOf, type RawData } from '../protocol/codec.ts';
import type { Direction } from './faults.ts';

/** The headers of an upgrade, or of its answer, about. Unit bytes. */
export const HANDSHAKE_BYTES = 150;

/** How much of the wire a frame takes: what it carries, its header, and the mask of a client's. RFC 6455 §5.2. Unit bytes. */
export function frameBytes(payload: RawData, direction: Direction): number {
  const bytes = byteLengthOf(payload);
  const header = bytes > 65_535 ? 10 : bytes > 125 ? 4 : 2;
  return bytes + header + (direction === 'toServer' ? 4 : 0);
}

/** The same of a closing frame. 1005: it names no code. RFC 6455 §5.5.1. */
export function closeFrameBytes(code: number, reason: string, direction: Direction): number {
  return frameBytes(reason, direction) + (code === 1005 ? 0 : 2);
}
