import { useRef, useSyncExternalStore, type HTMLAttributes, type ReactNode } from 'react';
import type { StateName } from '../index.ts';
import { useConnectionOf, type ConnectionContext } from './context.ts';
import { every, useCommitEffect } from './platform.ts';
import {
  labelOf,
  messageOf,
  namedStatus,
  statusHook,
  toldStatus,
  type ShownStatus,
  type StatusLabels,
  type StatusTone,
} from './status.ts';

/** How often the countdown looks at the clock; it is rendered anew once a second. Unit ms. */
const LOOK_EVERY_MS = 250;

/** With `state`, `isConnected` or `lastError`: of whatever hook told so. Without: of the provider's connection. */
export interface ConnectionStatusProps extends Omit<HTMLAttributes<HTMLElement>, 'children'> {
  /** The state, as `useWebSocket` tells it: shown in words. */
  readonly state?: StateName | undefined;
  /** Beside `state`: what the button in backoff and failed does. Default there is none. */
  readonly reconnect?: (() => void) | undefined;
  /** All that is known where there is no `state`. */
  readonly isConnected?: boolean | undefined;
  /** A text or an error: beside `state` to be seen on hovering, else to be shown while not connected. */
  readonly lastError?: unknown;
  /** Words to use in place of the English ones. */
  readonly labels?: Partial<StatusLabels> | undefined;
  /**
   * Draws the inside in its own way. Screen readers are told whenever its text changes, but for `countdown`, the time
   * until the next attempt: it is null while none is planned.
   */
  readonly children?: ((status: ShownStatus & { readonly countdown: ReactNode }) => ReactNode) | undefined;
}

/** The status line of one set of hooks. */
export function connectionStatusOf(own: ConnectionContext) {
  const useConnectionStatus = statusHook(own);
  function WatchedStatus(props: ConnectionStatusProps): ReactNode {
    const { now } = useConnectionOf(own);
    return <StatusLine {...props} now={now} status={useConnectionStatus(props.labels)} />;
  }
  return function ConnectionStatus(props: ConnectionStatusProps): ReactNode {
    const { state, reconnect, isConnected, lastError, ...others } = props;
    const { labels } = others;
    if (state !== undefined) {
      const trouble = state === 'open' ? '' : messageOf(lastError);
      return <StatusLine title={trouble || undefined} {...others} status={namedStatus(state, reconnect, labels)} />;
    }
    if (isConnected === undefined && lastError === undefined) return <WatchedStatus {...others} />;
    return <StatusLine {...others} status={toldStatus(isConnected === true, lastError, labels)} />;
  };
}

/** A dot, what is the case, for how long, and what can be done. Only the words are a live region: they change with the state, not each second. */
function StatusLine({
  status,
  now,
  labels,
  children,
  className,
  ...attributes
}: Omit<ConnectionStatusProps, 'state' | 'reconnect' | 'isConnected' | 'lastError'> & {
  readonly status: ShownStatus;
  /** The clock of its `retryAt`. */
  readonly now?: () => number;
}): ReactNode {
  const { state, text, tone, retryAt, retry } = status;
  const countdown =
    retryAt === undefined || now === undefined ? null : (
      <Countdown to={retryAt} now={now} label={labelOf(labels, 'countdown')} />
    );
  return (
    <span
      tabIndex={-1}
      {...attributes}
      className={className === undefined ? 'socketchart-status' : `socketchart-status ${className}`}
      data-state={state}
      data-tone={tone}
    >
      {children === undefined ? (
        <>
          <Dot tone={tone} />
          <span role="status">{text}</span>
          {countdown !== null && <> {countdown}</>}
          {retry !== undefined && (state === 'backoff' || state === 'failed') && (
            <>
              {' '}
              <RetryButton label={labelOf(labels, 'retry')} retry={retry} />
            </>
          )}
        </>
      ) : (
        <span role="status">{children({ ...status, countdown })}</span>
      )}
    </span>
  );
}

const DISC = 'M0 5a5 5 0 1 0 10 0a5 5 0 1 0-10 0Z';

/** Meaning in form, for those who see no colours: a ring at rest, half full on the way, full when ready, a square when given up. */
const forms: Readonly<Record<StatusTone, string>> = {
  rest: `${DISC}M2 5a3 3 0 1 0 6 0a3 3 0 1 0-6 0Z`,
  pending: `${DISC}M5 2a3 3 0 0 0 0 6Z`,
  ready: DISC,
  failed: 'M.5 .5h9v9h-9Z',
};

function Dot({ tone }: { readonly tone: StatusTone }) {
  return (
    <span className="socketchart-dot" aria-hidden="true">
      <svg width="0.7em" height="0.7em" viewBox="0 0 10 10" overflow="visible">
        <path fill="currentColor" fillRule="evenodd" d={forms[tone]} />
      </svg>{' '}
    </span>
  );
}

/** To be read, but not read out: a timer is a live region that is off. */
function Countdown({
  to,
  now,
  label,
}: {
  readonly to: number;
  readonly now: () => number;
  readonly label: StatusLabels['countdown'];
}) {
  const seconds = useSyncExternalStore(
    everyLook,
    () => Math.max(0, Math.ceil((to - now()) / 1000)),
    () => 0,
  );
  return (
    <span className="socketchart-countdown" role="timer">
      {label(seconds)}
    </span>
  );
}

const everyLook = (look: () => void): (() => void) => every(LOOK_EVERY_MS, look);

function RetryButton({ label, retry }: { readonly label: string; readonly retry: () => void }) {
  const button = useRef<HTMLButtonElement>(null);
  // It goes when it has been pressed. The focus must not go with it to the top of the page.
  useCommitEffect(() => {
    const { current } = button;
    return () => {
      if (current?.matches(':focus') === true) current.parentElement?.focus({ preventScroll: true });
    };
  }, []);
  return (
    <button type="button" ref={button} onClick={retry}>
      {label}
    </button>
  );
}
