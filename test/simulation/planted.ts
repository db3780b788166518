/** A change of the product's text. */
export interface Edit {
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly from: string;
  readonly to: string;
}

/** A fault put into the product on purpose, and in how many seeds the simulator has to find it. */
export interface PlantedFault {
  readonly name: string;
  readonly edits: readonly Edit[];
  readonly withinSeeds: number;
}

/** What may go wrong in a client like this, each as small as somebody might do it by mistake. */
export const plantedFaults: readonly PlantedFault[] = [
  {
    name: 'an abandoned socket is not muted',
    edits: [{ file: 'src/client/transport.ts', from: '    mute(socket);\n    end(socket);', to: '    end(socket);' }],
    withinSeeds: 50,
  },
  {
    name: 'the guard against stale sockets is gone: one that was let go of is still heard',
    edits: [
      {
        file: 'src/client/socket.ts',
        from: 'socket.onopen = socket.onmessage = socket.onerror = socket.onclose = ignore;',
        to: 'socket.onopen = socket.onerror = socket.onclose = ignore;',
      },
    ],
    withinSeeds: 50,
  },
  {
    name: 'an abandoned socket is muted, and not ended',
    edits: [{ file: 'src/client/transport.ts', from: '    mute(socket);\n    end(socket);', to: '    mute(socket);' }],
    withinSeeds: 50,
  },
  {
    name: 'attempts are forgotten at open',
    edits: [
      {
        file: 'machines/connection.facts.ts',
        from: '    retryNotBefore: 0,\n    hintMs: null,\n    heartbeat:',
        to: '    retryNotBefore: 0,\n    hintMs: null,\n    attempt: 0,\n    heartbeat:',
      },
    ],
    withinSeeds: 50,
  },
  {
    name: 'the outbox is emptied before the peer is proved',
    edits: [
      {
        file: 'machines/connection.guards.ts',
        from: 'return hasLoss && (isProvable || settings.isAnswerRequired) && canAsk;',
        to: 'return hasLoss && settings.isAnswerRequired && canAsk && isProvable;',
      },
    ],
    withinSeeds: 100,
  },
  {
    name: 'any frame proves a peer',
    edits: [
      {
        file: 'machines/connection.guards.ts',
        from: "export const isPong = ({ event }: Now): boolean => event.type === 'socket.alive' && event.pong;",
        to: "export const isPong = ({ event }: Now): boolean => event.type === 'socket.alive';",
      },
    ],
    withinSeeds: 1_000,
  },
  {
    name: 'the gate goes up before the outbox is empty',
    edits: [
      {
        file: 'machines/connection.machine.ts',
        from: "entry: ['flushOutbox', 'raiseGate', 'planDrainDue'],",
        to: "entry: ['raiseGate', 'flushOutbox', 'planDrainDue'],",
      },
    ],
    withinSeeds: 50,
  },
  {
    name: 'a send overtakes what is held',
    edits: [
      {
        file: 'src/client/sender.ts',
        from: 'this.gate.isClear && this.outbox.messages === 0',
        to: 'this.gate.isClear',
      },
    ],
    withinSeeds: 1_000,
  },
  {
    name: 'trust is ignored: silence counts against every peer',
    edits: [
      {
        file: 'machines/connection.guards.ts',
        from: "return settings.isAnswerRequired || (heartbeat === 'answered' && isBelieved);",
        to: "return settings.isAnswerRequired || heartbeat !== 'off' || isBelieved;",
      },
    ],
    withinSeeds: 50,
  },
  {
    name: 'silence never counts',
    edits: [
      {
        file: 'machines/connection.guards.ts',
        from: "return settings.isAnswerRequired || (heartbeat === 'answered' && isBelieved);",
        to: "return settings.isAnswerRequired && heartbeat === 'answered' && isBelieved;",
      },
    ],
    withinSeeds: 100,
  },
  {
    name: 'a late timer kills',
    edits: [
      {
        file: 'machines/connection.guards.ts',
        from: '(event as Stamp).isLate === true && context.reprobes < MAX_REPROBES;',
        to: '(event as Stamp).isLate === true && context.reprobes > MAX_REPROBES;',
      },
    ],
    withinSeeds: 1_000,
  },
  {
    name: 'retries have no jitter',
    edits: [{ file: 'machines/backoff.ts', from: '      return delayMs * unit;', to: '      return delayMs;' }],
    withinSeeds: 50,
  },
  {
    name: 'a hurried retry takes no heed of the hint of a server',
    edits: [
      {
        file: 'machines/connection.facts.ts',
        from: 'const isKept = !isOver && (isDrawnLikewise || soon < retryNotBefore);',
        to: 'const isKept = !isOver && (isDrawnLikewise || retryNotBefore < 0);',
      },
    ],
    withinSeeds: 1_000,
  },
  {
    name: 'the delay of a server is forgotten',
    edits: [
      {
        file: 'machines/connection.facts.ts',
        from: "event.type === 'socket.closed' ? event.retryAfterMs : undefined;",
        to: "event.type === 'socket.opened' ? 0 : undefined;",
      },
    ],
    withinSeeds: 50,
  },
  {
    name: 'the hint of a server takes the place of the backoff',
    edits: [
      {
        file: 'machines/backoff.ts',
        from: 'clampDelay(Math.max(floorMs, ceiling - width) + width * unit)',
        to: 'clampDelay(floorMs + width * unit)',
      },
    ],
    withinSeeds: 200,
  },
  {
    name: 'the hint of a server is forgotten while the network is away',
    edits: [
      {
        file: 'machines/connection.facts.ts',
        from: 'return leftMs > 0 ? Math.max(delayMs, onTop(context.settings, leftMs, unit)) : delayMs;',
        to: 'return leftMs >= 0 ? delayMs : onTop(context.settings, leftMs, unit);',
      },
    ],
    withinSeeds: 1_000,
  },
  {
    name: 'a page that comes back dials at once, whatever the server said',
    edits: [
      {
        file: 'machines/connection.facts.ts',
        from: '...wait(nowMs, leftMs > 0 ? onTop(context.settings, leftMs, unit) : 0),',
        to: '...wait(nowMs, leftMs < 0 ? onTop(context.settings, leftMs, unit) : 0),',
      },
    ],
    withinSeeds: 1_000,
  },
  {
    name: 'an attempt of the application makes the hint of a server forgotten',
    edits: [
      {
        file: 'machines/connection.facts.ts',
        from: 'const floorMs = hintLeft(context, nowMs);',
        to: 'const floorMs = isHinted ? hintLeft(context, nowMs) : 0;',
      },
    ],
    withinSeeds: 1_000,
  },
  {
    name: 'hints of servers have no bound',
    edits: [
      {
        file: 'machines/connection.facts.ts',
        from: 'const until = nowMs + Math.min(hintMs, context.settings.hintCapMs);',
        to: 'const until = nowMs + hintMs;',
      },
    ],
    withinSeeds: 3_000,
  },
  {
    name: 'disconnect() drops without a word',
    edits: [
      {
        file: 'machines/connection.machine.ts',
        from: "entry: ['settleOutbox', 'emptyOutbox', 'cancelOutboxDue', 'cancelConfirmDue', 'forgetClose'],",
        to: "entry: ['emptyOutbox', 'cancelOutboxDue', 'cancelConfirmDue', 'forgetClose'],",
      },
    ],
    withinSeeds: 100,
  },
  {
    name: 'what is not covered by a pong is not sent again',
    edits: [
      {
        file: 'src/client/uncovered.ts',
        from: 'this.#again = [...lost.filter((held) => !isGivenUp(held)), ...this.#again];',
        to: 'this.#again = [...this.#again];',
      },
    ],
    withinSeeds: 200,
  },
  {
    name: 'what goes out again goes out in reverse',
    edits: [
      {
        file: 'src/client/uncovered.ts',
        from: 'this.#again = [...lost.filter((held) => !isGivenUp(held)), ...this.#again];',
        to: 'this.#again = [...lost.filter((held) => !isGivenUp(held)).reverse(), ...this.#again];',
      },
    ],
    withinSeeds: 200,
  },
  {
    name: 'a pong confirms what was handed over after its ping',
    edits: [
      {
        file: 'src/client/uncovered.ts',
        from: 'const end = this.#inFlight.findIndex((held) => held.position > position);',
        to: 'const end = this.#inFlight.findIndex((held) => held.position < position - 1e9);',
      },
    ],
    withinSeeds: 200,
  },
  {
    name: 'messages that have grown too old are sent',
    edits: [
      {
        file: 'src/client/outbox.ts',
        from: '    if (this.earliestDue > nowMs) return;\n    const expired',
        to: '    if (this.earliestDue > nowMs || nowMs > 0) return;\n    const expired',
      },
    ],
    withinSeeds: 50,
  },
  {
    name: 'time stands still while the machine sleeps',
    edits: [{ file: 'src/client/time.ts', from: 'this.#sleptMs += gainedMs;', to: 'this.#sleptMs += 0 * gainedMs;' }],
    withinSeeds: 300,
  },
  {
    name: 'ttls go by a clock that stands still while the machine sleeps',
    edits: [
      {
        file: 'src/client/wire.ts',
        from: '      ...hooks,\n      awake:',
        to: '      ...hooks,\n      now: () => this.awake(),\n      awake:',
      },
    ],
    withinSeeds: 3_000,
  },
  {
    name: 'a wall clock that is set back takes time back',
    edits: [
      {
        file: 'src/client/time.ts',
        from: 'if (gainedMs > NOISE_MS) this.#sleptMs',
        to: 'if (Math.abs(gainedMs) > NOISE_MS) this.#sleptMs',
      },
    ],
    withinSeeds: 100,
  },
  {
    name: 'time is NaN',
    edits: [{ file: 'src/client/time.ts', from: '#sleptMs = 0;', to: '#sleptMs = Number.NaN;' }],
    withinSeeds: 50,
  },
  {
    name: 'a flush does not look at how old a message is',
    edits: [
      {
        file: 'src/client/sender.ts',
        from: '        this.#expire(this.#hooks.now());\n        if (!this.gate.isUp)',
        to: '        if (!this.gate.isUp)',
      },
    ],
    withinSeeds: 1_000,
  },
  {
    name: 'the outbox has no bound in messages',
    edits: [
      {
        file: 'src/client/outbox.ts',
        from: 'while (this.#messages >= maxMessages || this.#bytes + held.bytes > maxBytes) {',
        to: 'while (this.#bytes + held.bytes > maxBytes) {',
      },
    ],
    withinSeeds: 100,
  },
  {
    name: 'the late answer of a provider is accepted',
    edits: [
      {
        file: 'src/client/transport.ts',
        from: 'found: (target) => {\n          if (this.#abort !== abort) return;',
        to: 'found: (target) => {\n          if (this.#abort === null) return;',
      },
      {
        file: 'machines/connection.guards.ts',
        from: "(event.type === 'transport.resolved' || event.type === 'transport.rejected') && event.token === context.token;",
        to: "(event.type === 'transport.resolved' || event.type === 'transport.rejected') && event.token <= context.token;",
      },
    ],
    withinSeeds: 500,
  },
  {
    name: 'offline is a trap',
    edits: [
      {
        file: 'machines/connection.machine.ts',
        from: "            after: { offlineRetryDelay: { target: '#connection.connecting', actions: 'skipCount' } },\n",
        to: '',
      },
    ],
    withinSeeds: 300,
  },
  {
    name: 'the closing handshake has no deadline',
    edits: [{ file: 'machines/connection.machine.ts', from: "            after: { closeTimeout: 'done' },\n", to: '' }],
    withinSeeds: 300,
  },
  {
    name: 'reconnect() and a drain let go of the old socket at once',
    edits: [
      {
        file: 'machines/connection.transitions.ts',
        from: "({ target: '#connection.connecting.closing',",
        to: "({ target: '#connection.connecting',",
      },
    ],
    withinSeeds: 300,
  },
  {
    name: 'disconnect() waits for the close frame no longer than for a handshake',
    edits: [
      {
        file: 'machines/connection.facts.ts',
        from: ': Infinity, context.settings.drainTimeoutMs),',
        to: ': Infinity, context.settings.closeTimeoutMs),',
      },
    ],
    withinSeeds: 1_000,
  },
  {
    name: 'a hub that drains is not asked for signs of life',
    edits: [
      {
        file: 'machines/connection.guards.ts',
        from: "=> context.heartbeat !== 'off';",
        to: "=> context.heartbeat !== 'off' && !isDraining({ context });",
      },
    ],
    withinSeeds: 1_000,
  },
  {
    name: 'whatever a peer says answers a ping',
    edits: [
      {
        file: 'machines/connection.guards.ts',
        from: 'isPong(now) || !now.context.isProvable;',
        to: "isPong(now) || now.event.type === 'socket.alive';",
      },
    ],
    withinSeeds: 1_000,
  },
  {
    name: 'while a peer talks, its pong may take ever so long',
    edits: [
      { file: 'machines/connection.facts.ts', from: 'const OVERDUE_FACTOR = 3;', to: 'const OVERDUE_FACTOR = 30;' },
    ],
    withinSeeds: 1_000,
  },
  {
    name: 'a socket that is closing is not looked at',
    edits: [{ file: 'src/client/wire.ts', from: 'socket.readyState > OPEN &&', to: 'socket.readyState < OPEN &&' }],
    withinSeeds: 300,
  },
  {
    name: 'a socket that is closing may take ever so long',
    edits: [
      {
        file: 'machines/connection.machine.ts',
        from: "            after: { closeTimeout: retryOrFail({ type: 'noteTrouble', params: { trouble: 'half-closed' } }) },\n",
        to: '',
      },
    ],
    withinSeeds: 300,
  },
  {
    name: 'what lies in front of a pong excuses nothing',
    edits: [{ file: 'src/client/pings.ts', from: 'LONGEST_EXCUSE_MS = 120_000;', to: 'LONGEST_EXCUSE_MS = 0;' }],
    withinSeeds: 300,
  },
  {
    name: 'a pong leaves in front of the next ping what it has covered',
    edits: [{ file: 'src/client/pings.ts', from: '    this.#covered = sentBytes;\n', to: '' }],
    withinSeeds: 3_000,
  },
  {
    name: 'of what goes out again the first waits for the socket after the next',
    edits: [
      {
        file: 'src/client/uncovered.ts',
        from: 'this.#again = [...lost.filter((held) => !isGivenUp(held)), ...this.#again];',
        to: 'const [first, ...others] = lost.filter((held) => !isGivenUp(held));\n    this.#again = [...this.spare.splice(0), ...others, ...this.#again];\n    if (first !== undefined) this.spare.push(first);',
      },
      {
        file: 'src/client/uncovered.ts',
        from: '  #inFlight: Held[] = [];',
        to: '  spare: Held[] = [];\n  #inFlight: Held[] = [];',
      },
    ],
    withinSeeds: 1_000,
  },
  {
    name: 'the page is listened to after the end',
    edits: [
      {
        file: 'machines/connection.machine.ts',
        from: "            description: 'Nothing of ours runs.',\n            entry: ['abandonSocket', 'unwatchEnvironment'],",
        to: "            description: 'Nothing of ours runs.',\n            entry: ['abandonSocket'],",
      },
    ],
    withinSeeds: 50,
  },
  {
    name: 'a revived actor stays in open without a socket',
    edits: [
      {
        file: 'machines/connection.machine.ts',
        from: "          'client.send': { actions: 'transmit' },\n          'transport.started': resume,",
        to: "          'client.send': { actions: 'transmit' },",
      },
    ],
    withinSeeds: 300,
  },
  {
    name: 'the outbox goes out before the greeting is answered',
    edits: [
      {
        file: 'src/client/greeting.ts',
        from: "    if (typeof (answer as PromiseLike<unknown> | undefined)?.then !== 'function') return this.#end();",
        to: '    if (this.#unread.length === 0) return this.#end();',
      },
    ],
    withinSeeds: 200,
  },
];
