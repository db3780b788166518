/** The login of examples/embed: its command, and every way through it, generated, and played with a peer. */
import { TestModel } from '@xstate/graph';
import { describe, expect, it, onTestFinished, test } from 'vitest';
import { createActor, type ActorRefFrom, type SnapshotFrom } from 'xstate';
import { createLoginMachine } from '../../examples/embed/loginMachine.ts';
import { pathOf } from '../../src/client/because.ts';
import { createFakePeer, SimulatedClock, type FakeNodeSocket, type FakePeer } from '../../src/testing/index.ts';
import { branchName, staticBranches } from '../model/staticBranches.ts';
import { startExample } from './exampleProcess.ts';

test('its command shows a login from the first ticket to the logout', async () => {
  const example = startExample('embed/main.ts');

  expect(await example.exitCode(), example.lines.join('\n')).toBe(0);

  const visits = example.lines.flatMap((line) => /comes by (.*)/u.exec(line)?.[1] ?? []);
  expect(visits).toEqual(['/?ticket=1', '/?ticket=2', '/?ticket=2']);
  const states = example.lines.flatMap((line) => /^([\w.]+): /u.exec(line)?.[1] ?? []);
  expect(states.filter((state, index) => state !== states[index - 1])).toEqual([
    'signedOut',
    'session.signingIn',
    'session.online',
    'session.interrupted',
    'session.online',
    'session.interrupted',
    'session.online',
    'session.signingOut',
    'signedOut',
  ]);
  expect(example.lines).toContain('session.interrupted: the peer asked for fresh credentials');
  expect(example.lines.at(-2)).toBe('  the server: they have gone, 1000 logout');
});

const url = 'ws://peer.test/';

/** What the login is told, and what brings it about. */
const causes: Readonly<Record<string, (stage: Stage) => void>> = {
  login: ({ login }) => login.send({ type: 'login' }),
  logout: ({ login }) => login.send({ type: 'logout' }),
  'connection.opened': ({ peer, redial }) => {
    redial();
    peer.accept();
  },
  'connection.lost': ({ peer }) => peer.close(1006),
  'connection.failed': ({ peer, redial }) => {
    redial();
    peer.refuse(403);
  },
  // Where there was no socket, or none was open yet, it is closed already.
  'connection.closed': ({ peer }) => peer.socket.readyState === peer.socket.CLOSING && peer.close(1000),
};

/** Who is online is told of the loss first, and who hangs up does not fail. */
const isImpossible = ({ leaf, event }: { readonly leaf: string; readonly event: string }): boolean =>
  event === 'connection.failed' && ['session.online', 'session.signingOut'].includes(leaf);

interface Stage {
  readonly login: ActorRefFrom<ReturnType<typeof createLoginMachine>>;
  readonly peer: FakePeer<FakeNodeSocket>;
  /** Where an attempt is planned: goes to it. */
  readonly redial: () => void;
}

type LoginSnapshot = SnapshotFrom<ReturnType<typeof createLoginMachine>>;

/** For each way to leave a state the shortest path that ends with it: events, and the states they lead through. */
function generatePaths() {
  const machine = createLoginMachine({ url });
  const model = new TestModel(
    machine as never,
    {
      events: Object.keys(causes).map((type) => ({ type, error: new Error('for the model') })),
      serializeState: ({ value }: LoginSnapshot) => pathOf(value),
      serializeEvent: ({ type }: { type: string }) => type,
      limit: 1_000,
    } as never,
  );
  type Step = { readonly event: { readonly type: string }; readonly state: LoginSnapshot };
  const shortest = new Map(
    model.getShortestPaths({ allowDuplicatePaths: true }).map((path) => {
      const { value } = path.state as unknown as LoginSnapshot;
      return [pathOf(value), (path.steps as unknown as Step[]).filter(({ event }) => event.type !== 'xstate.init')];
    }),
  );
  const nodes = model.getAdjacencyMap() as unknown as Record<string, { transitions: Record<string, Step> } | undefined>;
  return staticBranches(machine)
    .filter((branch) => branch.event in causes && !isImpossible(branch))
    .map((branch) => {
      const steps = shortest.get(branch.leaf);
      const node = nodes[branch.leaf];
      const last = node?.transitions[branch.event];
      if (steps === undefined || last === undefined) throw new Error(`no path leads to ${branchName(branch)}`);
      const all = [...steps, last];
      return {
        name: all.map(({ event }) => event.type).join(' · '),
        events: all.map(({ event }) => event.type),
        states: ['signedOut', ...all.map(({ state }) => pathOf(state.value))],
      };
    });
}

function stage(): Stage & { readonly states: readonly string[] } {
  const clock = new SimulatedClock();
  const peer = createFakePeer({ hasPing: true });
  const options = { url, WebSocket: peer.WebSocket, retry: { baseMs: 1_000, jitter: 'none' } } as const;
  const login = createActor(createLoginMachine(options), { clock });
  onTestFinished(() => void login.stop());
  const states: string[] = [];
  login.subscribe(({ value }) => {
    if (pathOf(value) !== states.at(-1)) states.push(pathOf(value));
  });
  login.start();
  return {
    login,
    peer,
    states,
    redial: () => {
      if (login.getSnapshot().matches({ session: 'interrupted' })) clock.advance(1_000);
    },
  };
}

describe('every way through the login', () => {
  const paths = generatePaths();

  it('there is one for each that its chart declares', () => {
    expect(new Set(paths.map(({ name }) => name)).size).toBe(13);
  });

  it.each(paths.map((path) => [path.name, path] as const))('%s', (_, { events, states }) => {
    const staged = stage();
    const { login, peer } = staged;

    for (const event of events) {
      causes[event]?.(staged);
      expect(peer.live).toBeLessThanOrEqual(1);
    }

    // Where nothing has to be hung up, it is signed out in the same moment.
    const expected = states.filter((state, index) => state !== states[index - 1]);
    expect(staged.states.slice(0, expected.length)).toEqual(expected);
    const isSignedIn = String(staged.states.at(-1)).startsWith('session.');
    expect(login.getSnapshot().children.connection === undefined).toBe(!isSignedIn);
    if (!isSignedIn) expect(peer.live).toBe(0);
    if (events.at(-1) === 'logout' && events.includes('connection.opened') && !events.includes('connection.lost'))
      expect(peer.closings).toEqual([{ code: 1000, reason: 'logout' }]);
    login.stop();
    expect(peer.live).toBe(0);
  });
});
