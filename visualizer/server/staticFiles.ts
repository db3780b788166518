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
  'Content-Security-Policy': "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
};

/**
 * Reads the built page into memory. What is not in the list cannot be asked for, so no path has to be judged.
 * Throws where there is no built page.
 */
export function staticFiles(directory: string): (path: string, response: ServerResponse) => boolean {
  const files = new Map<string, { readonly body: Buffer; readonly type: string }>();
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const type = types[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const file = join(entry.parentPath, entry.name);
    files.set(`/${relative(directory, file).split(sep).join('/')}`, { body: readFileSync(file), type });
  }
  const index = files.get('/index.html');
  if (index === undefined) throw new Error(`No built page in ${directory}: run \`npm start\`, which builds it first.`);
  files.set('/', index);

  return (path, response) => {
    const file = files.get(path);
    if (file === undefined) return false;
    response.writeHead(200, { ...headers, 'Content-Type': file.type }).end(file.body);
    return true;
  };
}
