/** What an error is and where it came from. Its message may repeat a credential. */
export function traceOf(error: unknown): object {
  if (!(error instanceof Error)) return { error: typeof error };
  return { error: error.name, at: /^ +at .+:\d+:\d+\)?$/mu.exec(error.stack ?? '')?.[0].trim() };
}
