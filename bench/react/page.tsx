/** What react.ts calls in the browser: shows one contender, and has the server flood it. */
import { Profiler } from 'react';
import { createRoot } from 'react-dom/client';
import { components, openBareSocket, type HookName, type Watch } from './contenders.tsx';
import { Sightings } from './sightings.ts';

export type ContenderName = HookName | 'bare' | 'control';

/** What a flood did, seen from within the page. Mounting and opening are not in it. */
export interface FloodReport {
  readonly seen: number;
  readonly disordered: number;
  readonly logged: number;
  /** Of the contender's component. */
  readonly renders: number;
  /** Of its whole tree, as React's Profiler tells them; it does so in React's build for profiling only. */
  readonly commits: number;
  /** From asking for the flood until the last message was seen; null where it never was. Unit ms. */
  readonly lastAfterMs: number | null;
  /** 0 for none of 50 ms and more: shorter ones are not told. Unit ms. */
  readonly longestTaskMs: number;
  /** Between two frames of the screen. Unit ms. */
  readonly longestGapMs: number;
}

/** How long the last message is waited for. Unit ms. */
const DEADLINE_MS = 30_000;

interface Shown {
  readonly sightings: Sightings;
  readonly counts: { renders: number; commits: number };
  readonly takeAway: () => void;
}
let shown: Shown | undefined;

/** Shows a contender, and resolves when its socket is open and all of that is drawn. */
async function mount(name: ContenderName, frames: number): Promise<void> {
  const counts = { renders: 0, commits: 0 };
  const sightings = new Sightings(frames);
  await new Promise<void>((resolve) => {
    const rendered = (): void => {
      counts.renders++;
    };
    const watch: Watch = { url: `ws://${location.host}/`, sightings, opened: resolve, rendered };
    shown = { sightings, counts, takeAway: show(name, watch, () => counts.commits++) };
  });
  await someFrames();
}

/** Returns what takes it away again. */
function show(name: ContenderName, watch: Watch, committed: () => void): () => void {
  if (name === 'bare' || name === 'control') return openBareSocket(watch);
  const Contender = components[name];
  const root = createRoot(document.getElementById('root') as HTMLElement);
  root.render(
    <Profiler id={name} onRender={committed}>
      <Contender watch={watch} />
    </Profiler>,
  );
  return () => root.unmount();
}

async function flood(frames: number, withinMs: number): Promise<FloodReport> {
  if (shown === undefined) throw new Error('mount a contender first');
  const { sightings, counts } = shown;
  const before = { ...counts };
  const [longestTask, longestGap] = [watchTasks(), watchGaps()];
  const startedAt = performance.now();
  let lastAfterMs: number | null = null;
  const ended = sightings.ended.then(() => (lastAfterMs = performance.now() - startedAt));
  await fetch(`/flood?frames=${frames}&withinMs=${withinMs}`, { method: 'POST' });
  await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, DEADLINE_MS))]);
  await someFrames();
  const { seen, disordered, logged } = sightings;
  const renders = counts.renders - before.renders;
  const commits = counts.commits - before.commits;
  const [longestTaskMs, longestGapMs] = [longestTask(), longestGap()];
  return { seen, disordered, logged, renders, commits, lastAfterMs, longestTaskMs, longestGapMs };
}

/** Ends the watch, and tells the longest. Unit ms. */
type Longest = () => number;

function watchTasks(): Longest {
  let longest = 0;
  const take = (tasks: readonly PerformanceEntry[]): void => {
    for (const { duration } of tasks) longest = Math.max(longest, duration);
  };
  const observer = new PerformanceObserver((list) => take(list.getEntries()));
  observer.observe({ type: 'longtask' });
  return () => {
    take(observer.takeRecords());
    observer.disconnect();
    return longest;
  };
}

function watchGaps(): Longest {
  let [longest, last] = [0, performance.now()];
  let id = requestAnimationFrame(function drawn(now) {
    longest = Math.max(longest, now - last);
    last = now;
    id = requestAnimationFrame(drawn);
  });
  return () => {
    cancelAnimationFrame(id);
    return longest;
  };
}

async function someFrames(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
}

function unmount(): void {
  shown?.takeAway();
  shown = undefined;
}

export interface PageApi {
  mount(name: ContenderName, frames: number): Promise<void>;
  flood(frames: number, withinMs: number): Promise<FloodReport>;
  unmount(): void;
}
const api: PageApi = { mount, flood, unmount };
Object.assign(window, { api });
