/** A message somebody published, known to the model whatever the protocol makes of it. */
export interface Message {
  readonly publisher: number;
  /** Counts the messages of its publisher from 1. */
  readonly seq: number;
}

export interface Position {
  readonly epoch: number;
  readonly offset: number;
}

export interface Entry extends Position {
  readonly message: Message;
}

export type ClientFrame =
  | { readonly type: 'subscribe'; readonly rid: number; readonly since: Position | undefined }
  | { readonly type: 'publish'; readonly message: Message; readonly run: number };

export type HubFrame =
  | ({
      readonly type: 'subscribed';
      readonly rid: number;
      readonly sub: number;
      readonly recovered: boolean;
    } & Position)
  | { readonly type: 'message'; readonly sub: number; readonly entry: Entry }
  | { readonly type: 'reset'; readonly sub: number }
  | ({ readonly type: 'ack'; readonly message: Message } & Position)
  | { readonly type: 'error'; readonly message: Message; readonly run: number };

export const isSame = (one: Message, other: Message): boolean =>
  one.publisher === other.publisher && one.seq === other.seq;
export const nameOf = ({ publisher, seq }: Message): string => `${publisher}/${seq}`;
export const at = ({ epoch, offset }: Position): string => `${epoch}:${offset}`;
