import type { FrameErrorCode, HubFrame, Rid } from '../protocol/topicFrames.ts';
import type { Principal } from './options.ts';
import type { PeerInfo } from './peer.ts';
import type { Sink, Subscription } from './subscription.ts';

/** A request that did not work out, for whoever sent it. */
export interface Complaint {
  readonly code: FrameErrorCode;
  readonly message: string;
  readonly retry?: boolean | undefined;
  readonly afterMs?: number | undefined;
  readonly topic?: string | undefined;
  readonly rid?: Rid | undefined;
  readonly id?: string | undefined;
}

/** The other end of a session, as whoever answers it sees it. */
export interface Caller extends Sink {
  readonly clientId: string;
  readonly principal: Principal | undefined;
  readonly info: PeerInfo;
  /** Of this connection, among all of all hubs. */
  readonly conn: string;
  /** Whether it still takes part. */
  readonly isOpen: boolean;
  tell(frame: HubFrame): void;
  complain(complaint: Complaint): void;
  close(code: number, reason: string): void;
  /** What is over needs no newest message when there is room again. */
  forgetSlow(subscription: Subscription): void;
  /** Resolves when a replay may begin; where the session ends before, never. */
  untilRoom(): Promise<void>;
  /** A credential has been renewed: it ends later. */
  renewCredential(principal: Principal): void;
}
