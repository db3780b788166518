/** A promise of design §1, the numbers as there; `other` for what every state of a connection has to be like. */
export type PromiseName = 'P1' | 'P2' | 'P3' | 'P4' | 'P5' | 'P6' | 'P7' | 'P8' | 'P11' | 'other';

/** A promise that was not kept. */
export interface Breach {
  readonly promise: PromiseName;
  readonly what: string;
  /** Unit ms of simulated time. */
  readonly atMs: number;
}

/** Takes a breach down. It is not thrown: in the middle of a connection it would be caught there. */
export type Complain = (promise: PromiseName, what: string) => void;
