/** The rules of the protocol, each by a name under which the model can be played without it. */
export const rules = {
  offsetWithAppend: 'The broker gives the offset together with the append (I1).',
  hubSeesGaps: 'The hub passes on n+1 right after n, or a reset (I2).',
  clientSeesGaps: 'So does the client: what does not follow is not taken (I2).',
  sameEpochOnly: 'Nothing is recovered from a position of another epoch (I3).',
  wholeTailOnly: 'Nothing is recovered where the log has lost a part of what follows (I3).',
  wholeReplayOnly: 'A replay that is too large is not cut short (I3).',
  listenThenRead: 'A subscription listens before it reads (I4).',
  flushAboveTop: 'Of what was heard meanwhile only what is above the top is passed on (I4).',
  fullBufferReadsAgain: 'More than may be held meanwhile begins the read again (I4).',
  lossReadsAgain: 'So does a loss of the broker meanwhile (I4, I7).',
  ackAfterBroker: 'An ack goes out after the broker has answered (I5).',
  dedupe: 'The same id is one entry (I5).',
  ownScope: 'An id counts within its scope (I5).',
  resendInOrder: 'What is not acknowledged is sent again in order, and before what is new (I6).',
  giveUpInTime: 'What is nearly as old as the window is not sent again (I6).',
  newEpochAfterLoss: 'A broker that may have lost something begins a new epoch (I7).',
  oneAtATime: 'Of one client one publish is with the broker at a time (I8).',
  headFirst: 'After a publish that failed, and after a loss, the hub refuses until the client begins again (I8).',
  generationWithPublish: 'The broker refuses a publish that was accepted before its loss (I8).',
  latestAnswerCounts: 'A client that has subscribed again minds only the answer to that.',
  messagesBearIds: 'Messages name their publish, so that one that comes again in a new epoch is known.',
  idsNamePublishers: 'What names a publish to receivers is not the same for two publishers.',
} as const;

export type Rule = keyof typeof rules;

/** Which hold in a run. */
export type RulesInForce = Readonly<Record<Rule, boolean>>;

export function allRulesBut(without?: Rule): RulesInForce {
  const names = Object.keys(rules) as Rule[];
  return Object.fromEntries(names.map((name) => [name, name !== without])) as Record<Rule, boolean>;
}

/** What must not happen did. */
export class Breach extends Error {
  readonly invariant: string;

  constructor(invariant: string, what: string) {
    super(`${invariant}: ${what}`);
    this.name = 'Breach';
    this.invariant = invariant;
  }
}
