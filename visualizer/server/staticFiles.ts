import { readdirSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { extname, join, relative, sep } from 'node:path';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const headers = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};
/** The page may connect to itself and to the line, and to nothing else. */
const policy = (linePort: number): string =>
  `default-src 'self'; connect-src 'self' ws://127.0.0.1:${linePort} ws://localhost:${linePort}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
/** Stands in the head of the page until the port of its WebSocket is known. */
const LINE = '%LINE%';

/**
 * Reads the built page into memory. What is not in the list cannot be asked for, so no path has to be judged. `linePort`:
 * that of the WebSocket. Throws where there is no built page.
 */
export function staticFiles(
  directory: string,
): (linePort: number) => (path: string, response: ServerResponse) => boolean {
  const files = new Map<string, { readonly body: Buffer; readonly type: string }>();
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const type = types[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const file = join(entry.parentPath, entry.name);
    files.set(`/${relative(directory, file).split(sep).join('/')}`, { body: readFileSync(file), type });
  }
  const index = files.get('/index.html');
  if (index === undefined) throw new Error(`No built page in ${directory}: run \`npm start\`, which builds it first.`);

  return (linePort) => {
    const body = Buffer.from(index.body.toString().replace(LINE, String(linePort)));
    const pages = new Map([...files, ['/', { ...index, body }], ['/index.html', { ...index, body }]] as const);
    const security = { 'Content-Security-Policy': policy(linePort) };
    return (path, response) => {
      const file = pages.get(path);
      if (file === undefined) return false;
      response.writeHead(200, { ...headers, ...security, 'Content-Type': file.type }).end(file.body);
      return true;
    };
  };
}
