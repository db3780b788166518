import { StrictMode, type ReactNode } from 'react';
import { expect, test } from 'vitest';
import type { Connection } from '../../src/index.ts';
import { ConnectionProvider, createTopicHooks } from '../../src/react/index.ts';
import { topicClientOf } from '../../src/topics/index.ts';
import { frames, mount, mountHook } from '../fixtures/react.tsx';
import { message, ScriptedHub } from '../topics/fixtures/scriptedHub.ts';

const { useTopic, useTopicState, useTopicClient } = createTopicHooks<{ news: string }>();

const within =
  (hub: ScriptedHub) =>
  (children: ReactNode): ReactNode => (
    <ConnectionProvider connection={hub.connection as Connection}>{children}</ConnectionProvider>
  );

test('useTopic gives the newest, drawn once per frame, and leaves the topic when nobody shows it', async () => {
  const screen = frames();
  const hub = new ScriptedHub({ isLate: true });
  const hook = mountHook(() => useTopic('news'), within(hub));
  expect(hook.current).toBeUndefined();
  await hub.open();
  await hub.subscribe('news');
  const before = hook.renders;
  await hub.tell(message('news', 1, 'a'), message('news', 2, 'b'), message('news', 3, 'c'));
  screen.draw();
  expect(hook.current).toBe('c');
  expect(hook.renders - before).toBe(1);
  hook.unmount();
  expect((await hub.heard()).map(({ type }) => type)).toEqual(['unsubscribe']);
});

test('with a listener it hands over every message, to the newest listener, and draws nothing', async () => {
  const hub = new ScriptedHub({ isLate: true });
  const heard: string[] = [];
  const hook = mountHook(() => useTopic('news', (data) => heard.push(`first ${data}`)), within(hub));
  await hub.open();
  await hub.subscribe('news');
  await hub.tell(message('news', 1, 'a'));
  hook.update(() => useTopic('news', (data) => heard.push(`second ${data}`)));
  const before = hook.renders;
  await hub.tell(message('news', 2, 'b'), message('news', 3, 'c'));
  expect(heard).toEqual(['first a', 'second b', 'second c']);
  expect(hook.renders).toBe(before);
});

test('under StrictMode a topic is heard once, and its state is shown with the last gap', async () => {
  const hub = new ScriptedHub({ isLate: true });
  const heard: string[] = [];
  const Shown = (): ReactNode => {
    useTopic('news', (data) => heard.push(data));
    const { state, gap } = useTopicState('news');
    return `${state} ${gap?.reason ?? 'whole'}`;
  };
  const tree = mount(<StrictMode>{within(hub)(<Shown />)}</StrictMode>);
  expect(tree.text).toBe('subscribing whole');
  await hub.open();
  await hub.subscribe('news', { offset: 3 });
  await hub.tell(message('news', 4, 'a'));
  expect([heard, tree.text]).toEqual([['a'], 'live whole']);
  await hub.comeBack();
  await hub.subscribe('news', { offset: 9, recovered: false, reason: 'trimmed' });
  expect(tree.text).toBe('live trimmed');
});

test('useTopicClient is that of the connection, and nothing is heard over one that was disposed of', () => {
  const hub = new ScriptedHub({ isLate: true });
  const hook = mountHook(() => useTopicClient(), within(hub));
  expect(hook.current).toBe(topicClientOf(hub.connection as Connection));
  hub.connection?.dispose();
  expect(() => mountHook(() => useTopic('news'), within(hub))).not.toThrow();
});
