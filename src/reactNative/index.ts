/** For React Native: facts of network and application, as the option `environment`. */
import { ConnectionError, type Environment } from '../index.ts';

/** `AppState` of `react-native`, as far as it is needed. */
export interface AppStateLike {
  readonly currentState?: string | null;
  addEventListener(type: 'change', listener: (state: any) => void): { remove(): void };
}

/** What is told of the network: `null` is not known yet. */
export interface NetInfoStateLike {
  readonly isConnected: boolean | null;
  readonly type?: string;
}

/** The default export of `@react-native-community/netinfo`, as far as it is needed. */
export interface NetInfoLike {
  addEventListener(listener: (state: NetInfoStateLike) => void): () => void;
}

/** The modules to listen to; both are handed over, since this package depends on neither. */
export interface ReactNativeModules {
  readonly AppState: AppStateLike;
  readonly NetInfo?: NetInfoLike | undefined;
}

/**
 * The environment of an app: a return from the background makes sure of the peer, a network that comes back or becomes
 * another one too. Without `NetInfo` the network is taken to be there. Throws a ConnectionError `'invalid-option'`.
 */
export function reactNativeEnvironment(modules: ReactNativeModules): Environment {
  const { AppState, NetInfo } = (modules as Partial<ReactNativeModules> | undefined) ?? {};
  if (!isListenable(AppState)) {
    throw new ConnectionError(
      'invalid-option',
      "AppState: that of react-native; import { AppState } from 'react-native'",
    );
  }
  if (NetInfo !== undefined && !isListenable(NetInfo)) {
    const line = "import NetInfo from '@react-native-community/netinfo'";
    throw new ConnectionError(
      'invalid-option',
      `NetInfo: that of @react-native-community/netinfo, or nothing; ${line}`,
    );
  }
  return {
    start(report) {
      const stops = [appWatched(AppState, report), ...(NetInfo === undefined ? [] : [networkWatched(NetInfo, report)])];
      return () => {
        for (const stop of stops) stop();
      };
    },
  };
}

type Report = Parameters<Environment['start']>[0];

function appWatched(AppState: AppStateLike, report: Report): () => void {
  let isHidden = AppState.currentState === 'background';
  report({ type: isHidden ? 'page.hidden' : 'page.resumed' });
  const subscription = AppState.addEventListener('change', (state: unknown) => {
    // 'inactive' is a passing state of iOS: a glance at the notifications, the way to the background and back.
    if (state !== 'active' && state !== 'background') return;
    const wasHidden = isHidden;
    isHidden = state === 'background';
    if (isHidden !== wasHidden) report({ type: isHidden ? 'page.hidden' : 'page.resumed' });
  });
  return () => subscription.remove();
}

function networkWatched(NetInfo: NetInfoLike, report: Report): () => void {
  let isOnline = undefined as boolean | undefined;
  let via: string | undefined = undefined;
  const stop = NetInfo.addEventListener(({ isConnected, type }) => {
    // Not `isInternetReachable`: it tells of an address that is not our peer's, and may be out of reach where the peer is not.
    if (isConnected === null) return;
    // From Wi-Fi to mobile there is a network all the time, and what was open through the old one is dead.
    const isOtherNetwork = isConnected && via !== undefined && type !== via;
    const isNews = isConnected !== isOnline || isOtherNetwork;
    isOnline = isConnected;
    via = type;
    if (isNews) report({ type: isConnected ? 'network.online' : 'network.offline' });
  });
  // It does not know yet, and will say so later: until then the network is there, and hearing that it is hurries nothing.
  if (isOnline === undefined) {
    isOnline = true;
    report({ type: 'network.online' });
  }
  return stop;
}

function isListenable(value: unknown): value is AppStateLike & NetInfoLike {
  return typeof (value as Partial<NetInfoLike> | null | undefined)?.addEventListener === 'function';
}
