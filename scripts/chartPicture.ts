/** Draws a chart as an SVG: states, parts and events come from its machine; only the places are set by hand. */
import { drawnEdges, drawnStates, type DrawnMachine, type DrawnState } from '../visualizer/drawing/chartData.ts';
import { LINE_HEIGHT, pathOf, routed, type Box, type Edge, type Route } from '../visualizer/drawing/route.ts';

/** What a box says at a glance: all is well, it waits, it is at rest, or something is wrong. */
export type Look = 'ready' | 'holding' | 'plain' | 'wrong';

export interface Picture {
  readonly title: string;
  readonly width: number;
  readonly height: number;
  readonly machine: DrawnMachine;
  readonly boxes: Readonly<Record<string, Box>>;
  readonly routes: Readonly<Record<string, Route>>;
  readonly lookOf: (state: DrawnState) => Look;
  /** The state that is lit: its ways out say what leads along them. Where none is named, all do. */
  readonly active?: string;
  /** What else there is to see. */
  readonly foreground?: (palette: Palette) => string;
}

export interface Palette {
  readonly paper: string;
  readonly ink: string;
  readonly rest: string;
  readonly faint: string;
  readonly ready: string;
  readonly failed: string;
}
export type Theme = 'light' | 'dark';
const palettes: Readonly<Record<Theme, Palette>> = {
  light: { paper: '#FBFAF7', ink: '#1B1F27', rest: '#5F6978', faint: '#D9D8D2', ready: '#1F9D61', failed: '#D6453D' },
  dark: { paper: '#0C0F14', ink: '#E6E9EF', rest: '#8E98A9', faint: '#2A303B', ready: '#1F9D61', failed: '#D6453D' },
};

const mono = 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace';
export const sans = 'system-ui, -apple-system, Segoe UI, Roboto, sans-serif';
/** Of the text in a pill, which the reader's own font sets. Unit px. */
const PILL = { height: 16, gap: 3, characterWidth: 6.1, padding: 14 } as const;

export function chartPicture(picture: Picture, theme: Theme): string {
  const palette = palettes[theme];
  const { title, width, height, machine, routes, boxes, lookOf, active, foreground } = picture;
  const isSpoken = ({ from }: Edge): boolean => active === undefined || from === active;
  const edges = routed(drawnEdges(machine), routes);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title">`,
    `<title id="title">${title}</title>`,
    defs(palette),
    `<rect width="${width}" height="${height}" fill="${palette.paper}"/>`,
    ...edges.map((edge) => lineMarkup(edge, isSpoken(edge), palette)),
    ...drawnStates(machine).map((state) =>
      stateMarkup(state, boxes[state.name] as Box, lookOf(state), state.name === active, palette),
    ),
    ...edges.filter(isSpoken).map((edge) => labelMarkup(edge, palette)),
    ...(foreground === undefined ? [] : [foreground(palette)]),
    '</svg>',
    '',
  ].join('\n');
}

function defs({ rest, faint }: Palette): string {
  const tip = (id: string, fill: string): string =>
    `<marker id="${id}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0L8 4L0 8z" fill="${fill}"/></marker>`;
  return `<defs>
${tip('tip', rest)}${tip('faint-tip', faint)}
<pattern id="hatch" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="1.2" height="8" fill="${faint}"/></pattern>
</defs>`;
}

function lineMarkup(edge: Edge, isSpoken: boolean, { rest, faint }: Palette): string {
  const [colour, tip] = isSpoken ? [rest, 'tip'] : [faint, 'faint-tip'];
  return `<path d="${pathOf(edge)}" fill="none" stroke="${colour}" stroke-width="1.5" marker-end="url(#${tip})"/>`;
}

function labelMarkup({ events, label: [x, y], anchor }: Edge, { ink, paper }: Palette): string {
  const lines = events.map((event, index) => `<tspan x="${x}" dy="${index === 0 ? 11 : LINE_HEIGHT}">${event}</tspan>`);
  return `<text y="${y}" font-family="${mono}" font-size="11" fill="${ink}" text-anchor="${anchor}" paint-order="stroke" stroke="${paper}" stroke-width="4">${lines.join('')}</text>`;
}

function stateMarkup(
  { name, tag, parts, description }: DrawnState,
  box: Box,
  look: Look,
  isActive: boolean,
  palette: Palette,
): string {
  const { x, y, width: w, height: h } = box;
  const { ink, rest, paper, ready, failed } = palette;
  const outline =
    look === 'ready'
      ? `<rect x="${x}" y="${y}" width="${w}" height="${h}" rx="10" fill="${ready}" stroke="${ready}" stroke-width="1.5"/>`
      : look === 'holding'
        ? `<rect x="${x}" y="${y}" width="${w}" height="${h}" rx="10" fill="${paper}"/><rect x="${x}" y="${y}" width="${w}" height="${h}" rx="10" fill="url(#hatch)" stroke="${rest}" stroke-width="1.5" stroke-dasharray="5 4"/>`
        : `<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="${paper}" stroke="${rest}" stroke-width="1.5"/>`;
  const corner =
    look === 'wrong' ? `<path d="M${x + w - 18} ${y}L${x + w} ${y}L${x + w} ${y + 18}z" fill="${failed}"/>` : '';
  const text = look === 'ready' ? '#0C0F14' : ink;
  const aside =
    tag === ''
      ? ''
      : `\n<text x="${x + w - (look === 'wrong' ? 24 : 12)}" y="${y + 24}" font-family="${sans}" font-size="11" fill="${text}" text-anchor="end" opacity="0.8">${tag}</text>`;
  return `<g><title>${description}</title>${outline}${corner}
<text x="${x + 12}" y="${y + 25}" font-family="${sans}" font-size="15" font-weight="600" fill="${text}">${name}</text>${aside}
${pills(
  parts.map((part) => part.name),
  box,
  { text, fill: look === 'ready' ? ready : paper },
  isActive ? { text: ink, fill: paper } : undefined,
)}</g>`;
}

interface PillLook {
  readonly text: string;
  readonly fill: string;
}

/** Parts of a state, from left to right, and below where there is no more room. The first of a lit state is lit. */
function pills(parts: readonly string[], { x, y, width }: Box, look: PillLook, lit: PillLook = look): string {
  let [px, py] = [x + 12, y + 38];
  return parts
    .map((part, index) => {
      const pillWidth = Math.round(part.length * PILL.characterWidth + PILL.padding);
      if (px > x + 12 && px + pillWidth > x + width - 8) [px, py] = [x + 12, py + PILL.height + PILL.gap];
      const at = px;
      px += pillWidth + PILL.gap;
      const { text, fill } = index === 0 ? lit : look;
      return `<rect x="${at}" y="${py}" width="${pillWidth}" height="${PILL.height}" rx="8" fill="${fill}" stroke="${text}" stroke-opacity="0.45"/><text x="${at + pillWidth / 2}" y="${py + 12}" font-family="${sans}" font-size="11" fill="${text}" text-anchor="middle">${part}</text>`;
    })
    .join('\n');
}
