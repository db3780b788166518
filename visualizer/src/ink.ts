/** What the painters of canvases have in common. */

/** Colours as the style sheet has them now. */
export interface Ink {
  readonly paper: string;
  readonly ink: string;
  readonly rest: string;
  readonly faint: string;
  readonly green: string;
  readonly amber: string;
  /** Amber for thin lines: on light paper it is darker. */
  readonly pending: string;
  readonly red: string;
}

export function inkOf(element: Element): Ink {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`);
  return {
    paper: colour('paper'),
    ink: colour('ink'),
    rest: colour('quiet'),
    faint: colour('faint'),
    green: colour('green'),
    amber: colour('amber'),
    pending: colour('pending'),
    red: colour('red'),
  };
}

/** A canvas wiped clean, one unit a CSS pixel; undefined where the platform has none to draw with. */
export function brushOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D | undefined {
  const { clientWidth, clientHeight } = canvas;
  const ratio = devicePixelRatio * canvas.currentCSSZoom;
  const [pixelWidth, pixelHeight] = [Math.round(clientWidth * ratio), Math.round(clientHeight * ratio)];
  if (canvas.width !== pixelWidth) canvas.width = pixelWidth;
  if (canvas.height !== pixelHeight) canvas.height = pixelHeight;
  const brush = canvas.getContext('2d') ?? undefined;
  brush?.setTransform(ratio, 0, 0, ratio, 0, 0);
  brush?.clearRect(0, 0, clientWidth, clientHeight);
  if (brush !== undefined) brush.font = '11px ui-monospace, Menlo, Consolas, monospace';
  return brush;
}

export function stroke(brush: CanvasRenderingContext2D, colour: string, width: number, path: () => void): void {
  brush.beginPath();
  path();
  brush.strokeStyle = colour;
  brush.lineWidth = width;
  brush.stroke();
}

export function line(brush: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  brush.moveTo(x1, y1);
  brush.lineTo(x2, y2);
}

export function dots(
  brush: CanvasRenderingContext2D,
  all: readonly { readonly at: number }[],
  along: (part: number) => number,
  y: number,
  radius: number,
  colour: string,
): void {
  brush.beginPath();
  for (const { at } of all) {
    brush.moveTo(along(at) + radius, y);
    brush.arc(along(at), y, radius, 0, 2 * Math.PI);
  }
  brush.fillStyle = colour;
  brush.fill();
}
