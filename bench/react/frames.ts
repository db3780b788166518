/** What the server sends and the page gets: about 60 bytes each, numbered from 0. */
export interface Frame {
  readonly seq: number;
  readonly symbol: string;
  readonly bid: number;
  readonly ask: number;
}

/** Of a whole flood. */
export const FRAMES = 50_000;

export function frameOf(seq: number): Frame {
  return { seq, symbol: 'EURUSD', bid: 1.08421, ask: 1.08425 };
}
