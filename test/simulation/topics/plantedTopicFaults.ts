import type { PlantedFault } from '../planted.ts';

const one = (name: string, file: string, from: string, to: string, withinSeeds = 100): PlantedFault => ({
  name,
  edits: [{ file, from, to }],
  withinSeeds,
});

const nobodyLooks: PlantedFault['edits'] = [
  {
    file: 'src/topics/feed.ts',
    from: "return offset > this.#at ? this.tell({ type: 'gap.found' }) : undefined;",
    to: 'if (offset <= this.#at) return;',
  },
  {
    file: 'src/server/subscription.ts',
    from: "if (offset !== this.#offset + 1) return this.#sink.reset(this, 'gap');",
    to: '',
  },
];

/** What may go wrong with topics, in client, hub or broker, each as small as somebody might do it by mistake. */
export const plantedTopicFaults: readonly PlantedFault[] = [
  one(
    'the epoch is kept after a roll-back',
    'test/server/fixtures/faultyBroker.ts',
    'if (!isSilent) this.#generation++;',
    '',
  ),
  one(
    'a publish is acknowledged before the broker has it',
    'src/server/publisher.ts',
    'catch (error) {\n',
    "catch (error) {\n      if (id !== undefined) return this.#caller.tell({ type: 'ack', id, topic, epoch: 'e', offset: 1, duplicate: false });\n",
  ),
  one(
    'no id is remembered',
    'src/server/brokers/memory.ts',
    'if (id !== undefined) this.#ids.add(topic, scope, id, entry, nowMs);',
    '',
  ),
  one(
    'ids belong to the connection',
    'src/server/publisher.ts',
    'return this.secret === undefined ?',
    'return this.secret !== this.#caller.conn ?',
  ),
  one(
    'part of what was missed counts as all of it',
    'src/server/brokers/topicLog.ts',
    "    if (missing > this.#kept.length) return this.#without('trimmed');\n    if (missing > this.#fitting(missing, limit)) return this.#without('too_large');\n",
    '',
  ),
  one('publishes overtake one that was refused', 'src/server/barrier.ts', 'return this.#isUp;', 'return false;'),
  one(
    'the client goes on one too far',
    'src/topics/feed.ts',
    'offset: Math.min(...known.map(({ offset }) => offset))',
    'offset: 1 + Math.min(...known.map(({ offset }) => offset))',
  ),
  one(
    'the client goes on one too early, and does not look',
    'src/topics/feed.ts',
    'if (offset <= listening.offset) continue;',
    'if (offset < 0) continue;',
  ),
  {
    name: 'neither hub nor client looks whether an offset is the next',
    edits: nobodyLooks,
    withinSeeds: 100,
  },
  one(
    'the client hands over again what comes again from another log',
    'src/topics/recentIds.ts',
    'return isKnown;',
    'return false;',
    400,
  ),
  one('a gap is not told', 'src/topics/feed.ts', 'this.#gaps.set(listening, this.#gap(reason, from, to));', ''),
  one(
    'the client does not ask again after a loss',
    'src/topics/topicDialogue.ts',
    "for (const feed of [...this.#feeds.values()]) feed.tell({ type: 'peer.ready' });",
    '',
  ),
  one(
    'the client sends again in another order',
    'src/topics/publishLedger.ts',
    'one.number - other.number',
    'other.number - one.number',
  ),
  one(
    'the client does not wait for those in flight when one is refused',
    'src/topics/publishLedger.ts',
    '    this.#isHalted = true;\n',
    '',
  ),
  one(
    'the client takes another name at every connection',
    'src/topics/topicDialogue.ts',
    'client: this.#hooks.secret }',
    'client: this.#hooks.secret.slice(0, 21) + (this.#rids % 10) }',
  ),
  one(
    'what was in flight is forgotten at a loss',
    'src/topics/publishLedger.ts',
    'const unanswered = [...this.#inFlight.values(), ...this.#putOff]',
    'const unanswered = [...this.#putOff]',
  ),
  one(
    'the client sends again when the hub may have forgotten the id',
    'src/topics/publishLedger.ts',
    'entry.retryUntil = this.#line.now() + (this.#limits?.retryWindowMs ?? 0);',
    'entry.retryUntil = this.#line.now() + 1e9;',
  ),
  one(
    'what has expired goes out nevertheless',
    'src/topics/publishLedger.ts',
    "if (entry.place === 'waiting') this.#waiting = this.#waiting.filter((other) => other !== entry);\n    else if",
    'if',
  ),
  one(
    'what an earlier try may have put there is said not to be there',
    'src/topics/publishLedger.ts',
    'if (!entry.mayBeThere) return',
    'if (entry.id !== undefined) return',
  ),
  one(
    'ids mean the same whoever publishes',
    'src/server/publisher.ts',
    'if (principal !== undefined) return `principal ${principal.id}`;',
    "if (principal === undefined) return 'everybody';",
  ),
  {
    name: 'what comes while the log is read is forgotten, and nobody looks at offsets',
    edits: [
      // Else it would be found by what a broker loses.
      {
        file: 'test/simulation/topics/playTopics.ts',
        from: 'const isLeaky = random() < 0.5;',
        to: 'const isLeaky = random() < -1;',
      },
      {
        file: 'src/server/subscription.ts',
        from: 'if (this.#held.push(broadcast) <= MAX_HELD && this.#heldBytes <= this.#replayBytes) return;',
        to: 'return;',
      },
      ...nobodyLooks,
    ],
    withinSeeds: 100,
  },
  one(
    'positions() is one too far',
    'src/topics/topicClient.ts',
    'position === undefined ? [] : [[topic, position] as const]',
    'position === undefined ? [] : [[topic, { ...position, offset: position.offset + 1 }] as const]',
  ),
  one(
    'a gap begins later than it does',
    'src/topics/feed.ts',
    'const from = listening.position;',
    'const from = listening.position && { ...listening.position, offset: listening.position.offset + 1 };',
  ),
];
