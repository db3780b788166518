/** What the painters of canvases have in common. */

/** Colours as the style sheet has them now. */
export interface Ink {
  readonly ink: string;
  readonly rest: string;
  readonly faint: string;
  readonly green: string;
  readonly amber: string;
  readonly red: string;
}

export function inkOf(element: Element): Ink {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`);
  return {
    ink: colour('ink'),
    rest: colour('quiet'),
    faint: colour('faint'),
    green: colour('green'),
    amber: colour('amber'),
    red: colour('red'),
  };
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
