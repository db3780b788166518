import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { builtinModules } from 'node:module';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { createHub } from '../../../src/server/index.ts';
import { canUseChromium, launchChromium } from '../../fixtures/chromium.ts';
import type { Consumer } from './consumer.ts';
import type { Project } from './project.ts';

const DEADLINE_MS = 20_000;
const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
};
const hasChromium = canUseChromium('the page that Vite builds with the installed package is');

/** Vite, with React, as its template `react-ts` has it. */
export const viteConsumer: Consumer = {
  name: 'Vite, React',
  files: 'vite',
  installs: ['xstate', 'react', 'react-dom', '@xstate/react'],
  tools: ['vite', '@vitejs/plugin-react', '@types/react', '@types/react-dom'],
  // Each as `tsc --init` has it. And the second cannot be without the first: the declarations of xstate.
  compilerOptions: {
    skipLibCheck: true,
    exactOptionalPropertyTypes: true,

    module: 'esnext',
    moduleResolution: 'bundler',
    lib: ['ES2022', 'DOM', 'DOM.Iterable'],
    allowImportingTsExtensions: true,
    noEmit: true,
  },
  async build(project) {
    const { stdout, stderr } = await project.run('vite', ['build', '--logLevel', 'warn']);
    // Here it says which modules of Node it had to leave out.
    if (stdout + stderr !== '') throw new Error(`Vite warns:\n${stdout}${stderr}`);
    const { js, css } = built(project);
    if (!js.includes('Say hello')) throw new Error('the application is not in what Vite built');
    if (!css.includes('.socketchart-status')) throw new Error('the style sheet is not in what Vite built');
    const needed = builtinModules.filter((name) =>
      new RegExp(`(?:from|import|require|import\\(|require\\()\\s*["'\`](?:node:)?${name}["'\`]`, 'u').test(js),
    );
    if (needed.length > 0) throw new Error(`what Vite built needs ${needed.join(', ')} of Node`);
    return 'yes, with its style sheet';
  },
  run: async (project) => (hasChromium ? lookAtPage(project) : 'LEFT OUT: no Chromium'),
};

function built(project: Project): { readonly js: string; readonly css: string } {
  const assets = join(project.directory, 'dist', 'assets');
  const of = (ending: string): string =>
    readdirSync(assets)
      .filter((file) => file.endsWith(ending))
      .map((file) => readFileSync(join(assets, file), 'utf8'))
      .join('\n');
  return { js: of('.js'), css: of('.css') };
}

async function lookAtPage(project: Project): Promise<string> {
  const browser = await launchChromium();
  const server = serve(join(project.directory, 'dist'));
  const hub = createHub({ onFrame: (frame, { clientId }) => ({ to: clientId, frame }) });
  hub.attach(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(DEADLINE_MS);
    const troubles: string[] = [];
    page.on('pageerror', ({ message }) => troubles.push(message));
    page.on('console', (message) => message.type() === 'error' && troubles.push(message.text()));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.locator('output', { hasText: /^open$/u }).waitFor();
    await page.getByText('Say hello').click();
    await page.locator('pre', { hasText: '{"to":"ann","frame":{"hello":"world"}}' }).waitFor();
    const status = page.locator('.socketchart-status');
    const tone = await status.evaluate((line) => getComputedStyle(line).getPropertyValue('--socketchart-tone'));
    if (tone === '') throw new Error('the style sheet does not reach the status line');
    if (troubles.length > 0) throw new Error(`the page has troubles:\n${troubles.join('\n')}`);
    return 'Chromium shows open, a message to the hub and back';
  } finally {
    await browser.close();
    await hub.close();
    server.close();
  }
}

function serve(directory: string): Server {
  return createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const file = pathname === '/' ? '/index.html' : pathname;
    const contentType = contentTypes[extname(file)];
    // Every browser asks for an icon, and there is none; a 404 would be an error of the page.
    if (contentType === undefined) response.writeHead(204).end();
    else if (!existsSync(join(directory, file))) response.writeHead(404).end();
    else response.writeHead(200, { 'Content-Type': contentType }).end(readFileSync(join(directory, file)));
  });
}
