import type { Environment } from './options.ts';

type Report = Parameters<Environment['start']>[0];
type Listen = (
  type: string,
  listener: (event: { readonly persisted?: boolean }) => void,
  options?: { readonly capture?: boolean; readonly once?: boolean },
) => void;

/** What a window, a worker or a document lends an ear to; elsewhere some of it is missing. */
interface Source {
  readonly addEventListener?: Listen;
  readonly removeEventListener?: Listen;
}
interface Browser extends Source {
  readonly document?: Source & { readonly visibilityState?: string };
  readonly navigator?: { readonly onLine?: unknown };
}

/**
 * Network and page as a browser's window or worker tells of them: the default of the option `environment`. It looks at
 * the platform each time it is started, and does nothing in Node and React Native.
 * WHATWG HTML §7.4.2 (page lifecycle), §8.9.1.4 (`onLine`); WICG Page Lifecycle.
 */
export const browserEnvironment: Environment = {
  start(report) {
    const window = globalThis as unknown as Browser;
    const { document, navigator } = window;
    const stops = [
      listened(window, 'online', () => report({ type: 'network.online' })),
      listened(window, 'offline', () => report({ type: 'network.offline' })),
      ...(document === undefined ? [] : pageWatched(window, document, report)),
    ];
    if (typeof navigator?.onLine === 'boolean') {
      report({ type: navigator.onLine ? 'network.online' : 'network.offline' });
    }
    return () => {
      for (const stop of stops) stop();
    };
  },
};

function pageWatched(window: Source, document: NonNullable<Browser['document']>, report: Report): (() => void)[] {
  const isHidden = (): boolean => document.visibilityState === 'hidden';
  const tellVisibility = (): void => report({ type: isHidden() ? 'page.hidden' : 'page.resumed' });
  // Browsers thaw pages in the background, too: the peer is worth asking, and the page is hidden all the same.
  const wake = (): void => {
    report({ type: 'page.resumed' });
    if (isHidden()) report({ type: 'page.hidden' });
  };
  const leave = (): void => report({ type: 'page.left' });
  const stay = (): void => {
    window.removeEventListener?.('pagehide', leave);
    window.removeEventListener?.('visibilitychange', leave);
  };
  tellVisibility();
  return [
    stay,
    listened(document, 'visibilitychange', tellVisibility),
    // Not `freeze`: a frozen page was hidden before, keeps its socket until the browser cuts it, and runs no timers.
    listened(document, 'resume', wake),
    // Only a page that may come back lets its socket go: while it is frozen nobody would answer the server. Any other is about to end with all it has: the
    // browser closes the socket with 1001, and until then the application may still send a last word. Where it is not
    // said which of the two it is, the page may come back.
    listened(
      window,
      'pagehide',
      ({ persisted }) => {
        if (persisted === false) return;
        stay();
        // The page's own listeners come first, so that what they send still goes out: those of this event, and those
        // of `visibilitychange`, which a page that was visible gets right after it. Added this late, ours is the last.
        window.addEventListener?.(isHidden() ? 'pagehide' : 'visibilitychange', leave, { once: true });
      },
      { capture: true },
    ),
    listened(window, 'pageshow', ({ persisted }) => {
      stay();
      if (persisted !== false) wake();
    }),
  ];
}

/** Listens where there is something to listen to. */
function listened(source: Source, ...heard: Parameters<Listen>): () => void {
  source.addEventListener?.(...heard);
  return () => source.removeEventListener?.(...heard);
}
