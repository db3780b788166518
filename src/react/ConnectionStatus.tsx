'use client';
import { useSyncExternalStore, type HTMLAttributes, type ReactNode } from 'react';
import type { ConnectionContext } from './context.ts';
import { every, now } from './platform.ts';
import { defaultLabels, statusHook, toldStatus, type ShownStatus, type StatusLabels } from './status.ts';

/** How often the countdown looks at the clock; it is drawn anew once a second. Unit ms. */
const LOOK_EVERY_MS = 250;

/** With `isConnected`: of whatever hook told so. Without: of the provider's connection. */
export interface ConnectionStatusProps extends Omit<HTMLAttributes<HTMLElement>, 'children'> {
  readonly isConnected?: boolean | undefined;
  /** A text or an error to show while not connected. */
  readonly lastError?: unknown;
  /** Words to use in place of the English ones. */
  readonly labels?: Partial<StatusLabels> | undefined;
  /** Draws the inside in its own way. */
  readonly children?: ((status: ShownStatus) => ReactNode) | undefined;
}

/** The status line of one set of hooks. */
export function connectionStatusOf(own: ConnectionContext) {
  const useConnectionStatus = statusHook(own);
  function WatchedStatus(props: ConnectionStatusProps): ReactNode {
    return <StatusLine {...props} status={useConnectionStatus(props.labels)} />;
  }
  return function ConnectionStatus({ isConnected, lastError, ...props }: ConnectionStatusProps): ReactNode {
    if (isConnected === undefined) return <WatchedStatus {...props} />;
    return <StatusLine {...props} status={toldStatus(isConnected, lastError, props.labels)} />;
  };
}

/** One line: a dot, what is the case, and what can be done. Screen readers are told of a change; the countdown is for eyes only. */
export function StatusLine({
  status,
  labels,
  children,
  className,
  ...attributes
}: ConnectionStatusProps & { readonly status: ShownStatus }) {
  const { state, text, tone, retryAt, retry } = status;
  const words = { ...defaultLabels, ...labels };
  const isRetryable = retry !== undefined && (state === 'backoff' || state === 'failed');
  return (
    <span
      {...attributes}
      className={className === undefined ? 'socketchart-status' : `socketchart-status ${className}`}
      data-state={state}
      data-tone={tone}
    >
      <span role="status">
        {children?.(status) ?? (
          <>
            <span className="socketchart-dot" aria-hidden="true" />
            {text}
            {retryAt !== undefined && (
              <span className="socketchart-countdown" aria-hidden="true">
                {' '}
                <Countdown to={retryAt} label={words.countdown} />
              </span>
            )}
          </>
        )}
      </span>
      {isRetryable && children === undefined && (
        <button type="button" onClick={retry}>
          {words.retry}
        </button>
      )}
    </span>
  );
}

function Countdown({ to, label }: { readonly to: number; readonly label: StatusLabels['countdown'] }) {
  const seconds = useSyncExternalStore(
    everyLook,
    () => Math.max(0, Math.ceil((to - now()) / 1000)),
    () => 0,
  );
  return label(seconds);
}

const everyLook = (look: () => void): (() => void) => every(LOOK_EVERY_MS, look);
