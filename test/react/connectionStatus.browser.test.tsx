/// <reference types="vite/client" />
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { cdp } from 'vitest/browser';
import { createConnection } from '../../src/index.ts';
import { ConnectionProvider, ConnectionStatus } from '../../src/react/index.ts';
import '../../src/react/status.css';
import { StagedSocket, recorded } from '../fixtures/stagedSocket.ts';

const DEADLINE_MS = 10_000;

type Feature = 'prefers-color-scheme' | 'prefers-reduced-motion' | 'forced-colors';
const ask = (method: string, params?: object): Promise<unknown> =>
  (cdp() as unknown as { send(method: string, params?: object): Promise<unknown> }).send(method, params);
const emulate = (features: Partial<Record<Feature, string>>): Promise<unknown> =>
  ask('Emulation.setEmulatedMedia', {
    features: Object.entries(features).map(([name, value]) => ({ name, value })),
  });

beforeEach(() => {
  document.documentElement.style.colorScheme = 'light dark';
});
afterEach(async () => {
  cleanup();
  document.documentElement.removeAttribute('style');
  await emulate({});
});

/** A line of each tone: at rest, on the way, ready, given up. */
function fourLines(): readonly HTMLElement[] {
  const { WebSocket } = recorded(StagedSocket);
  const connection = createConnection('ws://fake.test/', { WebSocket });
  onTestFinished(() => connection.dispose());
  const { container } = render(
    <>
      <ConnectionStatus isConnected={false} />
      <ConnectionProvider connection={connection}>
        <ConnectionStatus />
      </ConnectionProvider>
      <ConnectionStatus isConnected />
      <ConnectionStatus isConnected={false} lastError="no route" />
    </>,
  );
  return [...container.querySelectorAll<HTMLElement>('.socketchart-status')];
}
const dotOf = (line: HTMLElement): HTMLElement => line.querySelector('.socketchart-dot') as HTMLElement;
const coloursOf = (lines: readonly HTMLElement[]): string[] => lines.map((line) => getComputedStyle(dotOf(line)).color);

/** A line in backoff over sockets that never open. */
function backoffLine() {
  const { WebSocket, sockets } = recorded(StagedSocket);
  const connection = createConnection('ws://fake.test/', { WebSocket, retry: { baseMs: 30_000, jitter: 'none' } });
  onTestFinished(() => connection.dispose());
  render(
    <ConnectionProvider connection={connection}>
      <ConnectionStatus />
    </ConnectionProvider>,
  );
  act(() => sockets[0]?.ends());
  return { sockets, line: screen.getByRole('status').parentElement as HTMLElement };
}

/** How far two colours are apart. WCAG 2.2, "contrast ratio". */
function contrast(...colours: readonly [string, string]): number {
  const [dark = 0, bright = 0] = colours.map(luminance).sort((a, b) => a - b);
  return (bright + 0.05) / (dark + 0.05);
}
function luminance(colour: string): number {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d') as OffscreenCanvasRenderingContext2D;
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, 1, 1);
  const [r = 0, g = 0, b = 0] = [...canvas.getImageData(0, 0, 1, 1).data].map((byte) => {
    const part = byte / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

it.each([
  ['light', ['#ffffff', '#fbfaf7'], 4.5],
  ['dark', ['#0c0f14', '#1e1e1e'], 4.5],
])('has four colours that stand out on a %s page', async (scheme, papers, least) => {
  await emulate({ 'prefers-color-scheme': scheme });
  const colours = coloursOf(fourLines());
  expect(new Set(colours).size).toBe(4);
  for (const colour of colours) for (const paper of papers) expect(contrast(colour, paper)).toBeGreaterThan(least);
});

it('follows the page, not the person, where the page knows only one scheme', async () => {
  await emulate({ 'prefers-color-scheme': 'light' });
  const light = coloursOf(fourLines());
  cleanup();
  await emulate({ 'prefers-color-scheme': 'dark' });
  expect(coloursOf(fourLines())).not.toEqual(light);
  cleanup();
  document.documentElement.style.colorScheme = 'light';
  expect(coloursOf(fourLines())).toEqual(light);
});

it('is visible on a dark page that does not say so', () => {
  document.documentElement.style.colorScheme = '';
  for (const colour of coloursOf(fourLines())) expect(contrast(colour, '#0c0f14')).toBeGreaterThan(3);
});

it('takes its colours and measures from variables around it', () => {
  const values = { rest: 'rgb(1, 1, 1)', pending: 'rgb(2, 2, 2)', ready: 'rgb(3, 3, 3)', failed: 'rgb(4, 4, 4)' };
  for (const [name, value] of Object.entries({ ...values, dot: '20px', gap: '5px', text: 'rgb(5, 5, 5)' })) {
    document.documentElement.style.setProperty(`--socketchart-${name}`, value);
  }
  const lines = fourLines();
  expect(coloursOf(lines)).toEqual(Object.values(values));
  const [first] = lines as [HTMLElement];
  const { width, height, marginRight } = getComputedStyle(dotOf(first));
  expect([width, height, marginRight]).toEqual(['20px', '20px', '5px']);
  expect(getComputedStyle(first).color).toBe('rgb(5, 5, 5)');
});

it('pulses on the way and when ready, and stands still at rest and when given up', async () => {
  await emulate({ 'prefers-reduced-motion': 'no-preference' });
  const pulses = fourLines().map((line) => getComputedStyle(dotOf(line), '::before').animationName);
  expect(pulses).toEqual(['none', 'socketchart-pulse', 'socketchart-pulse', 'none']);
});

it('moves nothing where people want less motion', async () => {
  await emulate({ 'prefers-reduced-motion': 'reduce' });
  fourLines();
  expect(document.getAnimations()).toEqual([]);
});

it('keeps its forms where the system sets the colours', async () => {
  await emulate({ 'forced-colors': 'active' });
  const fills = fourLines().map((line) => getComputedStyle(line.querySelector('path') as SVGPathElement).fill);
  expect(fills).toEqual(coloursOf([...document.querySelectorAll<HTMLElement>('.socketchart-status')]));
  expect(fills).not.toContain('none');
});

it('is as high with a button as without, and the button is large enough to hit', () => {
  const { line } = backoffLine();
  line.style.font = '14px/20px sans-serif';
  expect(line.getBoundingClientRect().height).toBe(20);
  expect(screen.getByRole('button').getBoundingClientRect().height).toBeGreaterThanOrEqual(24);
});

it('keeps a long error beside its dot', () => {
  const { container } = render(<ConnectionStatus isConnected={false} lastError={'no route to the host '.repeat(9)} />);
  container.style.width = '200px';
  const [dot, text] = ['.socketchart-dot', '[role=status]'].map((part) => container.querySelector(part));
  const rows = [...(text?.getClientRects() ?? [])];
  expect(rows.length).toBeGreaterThan(3);
  expect(new Set(rows.map(({ left }) => Math.round(left))).size).toBe(1);
  expect(dot?.getBoundingClientRect().right).toBeLessThan(rows[0]?.left ?? 0);
  expect(dot?.getBoundingClientRect().left).toBe(container.getBoundingClientRect().left);
});

it('counts down, and dials at once when asked', async () => {
  const { sockets } = backoffLine();
  const secondsLeft = (): number => Number(/^in (\d+) s$/u.exec(screen.getByRole('timer').textContent)?.[1]);
  const atFirst = secondsLeft();
  await expect.poll(secondsLeft, { timeout: DEADLINE_MS }).toBeLessThan(atFirst - 1);
  fireEvent.click(screen.getByRole('button', { name: 'Retry now' }));
  expect(screen.getByRole('status').textContent).toBe('Connecting');
  expect(sockets).toHaveLength(2);
  act(() => sockets[1]?.opens());
  expect(screen.getByRole('status').textContent).toBe('Live');
});

it('is a polite live region of its own, and the countdown is none', async () => {
  backoffLine();
  const { frameTree } = (await ask('Page.getFrameTree')) as { frameTree: FrameTree };
  const { nodes } = (await ask('Accessibility.getFullAXTree', { frameId: innermost(frameTree) })) as { nodes: Node[] };
  const live = nodes
    .filter(({ role }) => role?.value === 'status' || role?.value === 'timer')
    .map(({ role, properties }) => [
      role?.value,
      properties?.find(({ name }) => name === 'live')?.value.value ?? 'off',
    ]);
  expect(live).toEqual([
    ['status', 'polite'],
    ['timer', 'off'],
  ]);
});

interface FrameTree {
  readonly frame: { readonly id: string };
  readonly childFrames?: readonly FrameTree[];
}
interface Node {
  readonly role?: { readonly value: string };
  readonly properties?: readonly { readonly name: string; readonly value: { readonly value: unknown } }[];
}
const innermost = ({ frame, childFrames }: FrameTree): string =>
  childFrames?.[0] === undefined ? frame.id : innermost(childFrames[0]);
