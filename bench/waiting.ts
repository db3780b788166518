export const passed = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Looks every few milliseconds, and says whether it came to be so in time. */
export async function within(ms: number, isSo: () => boolean): Promise<boolean> {
  const endsAt = performance.now() + ms;
  while (!isSo()) {
    if (performance.now() > endsAt) return false;
    await passed(2);
  }
  return true;
}

/** Rejects, saying what was awaited, where it takes longer than a minute. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  if (!(await within(60_000, isSo))) throw new Error(`waited in vain: ${what}`);
}
