import { describe, expect, test, vi } from 'vitest';
import { createActor, createMachine, setup } from 'xstate';
import { connectionFrom, connectionMachine, provideConnection, type Connection } from '../../src/index.ts';
import { fakeConnection, StagedSocket, recorded } from '../fixtures/stagedSocket.ts';
import { stopForRevival } from '../fixtures/strictMode.ts';

function embedded() {
  const { WebSocket, sockets } = recorded(StagedSocket);
  const parent = setup({ actors: { connection: connectionMachine } }).createMachine({
    initial: 'on',
    states: {
      on: {
        invoke: {
          id: 'connection',
          src: 'connection',
          input: ({ self }) => ({ url: 'ws://peer.test', WebSocket, parentRef: self }),
        },
        on: { leave: 'off' },
      },
      off: {},
    },
  });
  const actor = createActor(parent).start();
  const child = actor.getSnapshot().children['connection'];
  if (child === undefined) throw new Error('the parent invokes no connection');
  return { actor, child, face: connectionFrom(child), sockets };
}

describe('a parent that leaves the state which invokes the connection', () => {
  test('ends what waits for it: opened(), messages(), deliver(), and what is held', async () => {
    const { actor, face } = embedded();
    const waits = [face.opened(), face.messages().next(), face.deliver('held')];
    actor.send({ type: 'leave' });

    await expect(waits[0]).rejects.toMatchObject({ code: 'disposed' });
    await expect(waits[1]).resolves.toMatchObject({ done: true });
    await expect(waits[2]).resolves.toMatchObject({ outcome: 'dropped', reason: 'disposed' });
  });

  test('is found out by who asks afterwards', async () => {
    const { actor, face } = embedded();
    actor.send({ type: 'leave' });
    await expect(face.opened()).rejects.toMatchObject({ code: 'disposed' });
    expect(await face.messages().next()).toMatchObject({ done: true });
    expect(face.send(1)).toBe('rejected');
  });
});

describe('an actor that is stopped, not disposed of', () => {
  const stopped = () => {
    const { WebSocket } = recorded(StagedSocket);
    const actor = createActor(provideConnection({ url: 'ws://peer.test', WebSocket })).start();
    const connection = connectionFrom(actor);
    const dropped: unknown[] = [];
    connection.on('dropped', ({ message, reason }) => dropped.push([message, reason]));
    return { actor, connection, dropped };
  };

  test('ends what waits for it, and every message has its outcome', async () => {
    const { actor, connection, dropped } = stopped();
    connection.send('held');
    const delivery = connection.deliver('promised');
    const opening = connection.opened();
    actor.stop();
    expect(await delivery).toMatchObject({ outcome: 'dropped', error: { code: 'disposed' } });
    await expect(opening).rejects.toMatchObject({ code: 'disposed' });
    expect(dropped).toEqual([
      ['held', 'disposed'],
      ['promised', 'disposed'],
    ]);
    expect(connection.send('late')).toBe('rejected');
  });

  test('is closed for whoever asks, though its last snapshot is of before', () => {
    const { WebSocket, sockets } = recorded(StagedSocket);
    const actor = createActor(provideConnection({ url: 'ws://peer.test', WebSocket })).start();
    const connection = connectionFrom(actor).connect();
    sockets[0]?.opens();
    actor.stop();
    expect([connection.state, connection.stats().state, connection.isConnected]).toEqual(['closed', 'closed', false]);
    expect(connection.explain()).toBe('its actor was stopped');
  });

  test('keeps what it holds where it is revived in the same turn', async () => {
    const { actor, connection, dropped } = stopped();
    connection.send('held');
    stopForRevival(actor);
    actor.start();
    await Promise.resolve();
    await Promise.resolve();
    expect(dropped).toEqual([]);
    expect(connection.stats().outbox.messages).toBe(1);
    connection.dispose();
  });
});

describe('dispose() of the face of an invoked connection', () => {
  test('hangs up; the parent may dial again, and a new face is as good as new', () => {
    const { child, face, sockets } = embedded();
    face.connect();
    sockets[0]?.opens();
    face.dispose();
    expect(child.getSnapshot().value).toEqual({ closed: 'done' });
    expect(sockets[0]?.isMuted).toBe(true);

    child.send({ type: 'client.connect' });
    sockets[1]?.opens();
    expect(face.send('by the old face')).toBe('rejected');
    expect(connectionFrom(child).send('by a new one')).toBe('sent');
    expect(sockets[1]?.sent).toEqual(['by a new one']);
  });

  test('says nothing to a parent that has been stopped', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const { actor, face } = embedded();
    face.send('held');
    actor.stop();
    face.dispose();
    face.send('late');
    expect(warn).not.toHaveBeenCalled();
  });
});

describe('dispose()', () => {
  test('ends in closed: open, ready and isConnected agree', () => {
    const fake = fakeConnection();
    fake.connection.connect();
    fake.socket.opens();
    fake.connection.dispose();
    expect(fake.connection.state).toBe('closed');
    expect(fake.connection.getSnapshot().hasTag('ready')).toBe(false);
    expect(fake.connection.isConnected).toBe(false);
  });

  test('tells outcomes and nothing else, also what was about to be told', () => {
    const fake = fakeConnection();
    const { connection } = fake;
    const told: string[] = [];
    for (const name of ['state', 'opened', 'closed', 'lost', 'dropped'] as const)
      connection.on(name, () => told.push(name));
    connection.on('state', ({ state }) => state === 'open' && connection.dispose());
    connection.connect();
    connection.send('held');
    fake.socket.opens();
    connection.send('too late');
    expect(told).toEqual(['state', 'state', 'dropped']);
  });
});

describe('the signal that a provider gets', () => {
  const signals: AbortSignal[] = [];
  const provided = (): ReturnType<typeof fakeConnection> => {
    signals.length = 0;
    return fakeConnection({
      url: ({ signal }) => (signals.push(signal), 'ws://peer.test'),
    });
  };
  const settled = async (): Promise<void> => {
    for (let turn = 0; turn < 8; turn++) await Promise.resolve();
  };

  test('is aborted when the handshake fails', async () => {
    const fake = provided();
    fake.connection.connect();
    await settled();
    fake.socket.ends();
    expect(signals[0]?.aborted).toBe(true);
  });

  test('is not aborted by an attempt that led to a connection, when that is lost later', async () => {
    const fake = provided();
    fake.connection.connect();
    await settled();
    fake.socket.opens();
    fake.socket.ends();
    expect(signals[0]?.aborted).toBe(false);
  });
});

describe('dispose() in the middle of a step', () => {
  test('leaves the connection closed, with nothing that runs', () => {
    const fake = fakeConnection({
      createSocket: (url) => {
        fake.connection.dispose();
        return new StagedSocket(url);
      },
    });
    const outcomes: string[] = [];
    fake.connection.on('outcome', ({ outcome, reason }) => outcomes.push(`${outcome} ${reason ?? ''}`));
    fake.connection.send('held');
    fake.connection.connect();
    expect(fake.connection.state).toBe('closed');
    expect(fake.connection.getSnapshot().status).toBe('stopped');
    expect(outcomes).toEqual(['dropped disposed']);
    expect(() => fake.connection.connect()).toThrow(expect.objectContaining({ code: 'disposed' }));
  });
});

describe('a snapshot of a failed connection', () => {
  test('still says why, after it was restored', async () => {
    const { WebSocket, sockets } = recorded(StagedSocket);
    const machine = provideConnection({ url: 'ws://peer.test', WebSocket });
    const before = createActor(machine).start();
    connectionFrom(before).connect();
    sockets[0]?.opens();
    sockets[0]?.ends({ code: 1008, reason: 'no' });
    const stored = JSON.parse(JSON.stringify(before.getPersistedSnapshot())) as never;
    before.stop();

    const after: Connection = connectionFrom(createActor(machine, { snapshot: stored }).start());
    await expect(after.opened()).rejects.toMatchObject({ code: 'fatal-close', cause: { code: 1008 } });
  });
});

describe('connectionFrom()', () => {
  test('shows the error of an actor whose options were wrong', () => {
    const actor = createActor(connectionMachine, { input: { url: 'ftp://peer.test' } });
    expect(() => connectionFrom(actor)).toThrow(
      expect.objectContaining({ code: 'invalid-option', message: expect.stringContaining('url') as string }),
    );
  });

  test('refuses any other actor', () => {
    expect(() => connectionFrom(createActor(createMachine({})) as never)).toThrow(/connectionMachine/u);
  });
});
