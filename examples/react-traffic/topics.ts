/** What the server's topics carry. */
export interface Topics extends Record<string, unknown> {
  /** What the server's process has done in the second before. */
  readonly process: Reading;
  /** What people say. */
  readonly greetings: string;
}

export interface Reading {
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** Of one processor. */
  readonly cpuShare: number;
  /** At this moment. */
  readonly memoryBytes: number;
}
