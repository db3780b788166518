/** The reference of docs/reference: every export of every entry, as the code documents it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Application,
  Converter,
  ReferenceType,
  ReflectionKind,
  UnknownType,
  type Context,
  type DeclarationReflection,
  type ProjectReflection,
  type SignatureReflection,
} from 'typedoc';
import type { PluginOptions } from 'typedoc-plugin-markdown';
import { entries } from './entries.ts';

const root = join(import.meta.dirname, '..');
const sources = Object.entries(entries).filter(([, file]) => /\.tsx?$/u.test(file));
/** `socketchart/react-native` as the name of a page: `react-native`. */
const pageOf = (entry: string): string => entry.split('/')[1] ?? 'client';

const markdown = {
  entryFileName: 'README',
  hideBreadcrumbs: true,
  hidePageHeader: true,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  classPropertiesFormat: 'table',
  typeDeclarationFormat: 'table',
  enumMembersFormat: 'table',
  typeDeclarationVisibility: 'compact',
  useCodeBlocks: true,
  useHTMLAnchors: true,
} satisfies Partial<PluginOptions>;

const INTRODUCTION =
  'Everything that can be imported, as the code documents it; written by `npm run generate`. What it is for stands in the [README](../../README.md).';

/** Names that are read where they stand and are nobody's to import. */
const INTERNAL = [
  'src/testing/fakeSocket.ts:Handler',
  'src/testing/fakeSocket.ts:Listener',
  'src/testing/fakeSocket.ts:EventName',
];

/** Texts by their paths from the root. */
export async function reference(): Promise<Readonly<Record<string, string>>> {
  const out = mkdtempSync(join(tmpdir(), 'socketchart-'));
  try {
    const application = await Application.bootstrapWithPlugins({
      name: 'Reference',
      out,
      entryPoints: sources.map(([, file]) => file),
      tsconfig: join(root, 'tsconfig.json'),
      plugin: ['typedoc-plugin-markdown'],
      logLevel: 'Warn',
      readme: 'none',
      router: 'module',
      disableSources: true,
      excludeExternals: true,
      skipErrorChecking: true,
      cleanOutputDir: false,
      validation: { notExported: true, invalidLink: true, notDocumented: false },
      intentionallyNotExported: INTERNAL,
      ...markdown,
    });
    application.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }: Context) => {
      for (const page of project.children ?? []) page.name = pageNameOf(page.name);
      const typed = project.getReflectionsByKind(ReflectionKind.Variable | ReflectionKind.CallSignature);
      for (const one of typed as (DeclarationReflection | SignatureReflection)[]) abbreviate(one);
    });
    const project = await application.convert();
    if (project === undefined) throw new Error('the reference could not be made: see above');
    application.validate(project);
    const untold = undocumented(project);
    if (untold.length > 0) throw new Error(`exported without a sentence: ${untold.join(', ')}`);
    // A type that a signature names and nobody can import, a link that leads nowhere.
    if (application.logger.hasWarnings()) throw new Error('the reference has holes: see above');
    await application.generateOutputs(project);
    const pages = sources.map(([entry]) => [entry, `${pageOf(entry)}.md`] as const);
    const list = pages.map(([entry, page]) => `- [\`${entry}\`](${page})`);
    return {
      'docs/reference/README.md': ['# Reference', '', INTRODUCTION, '', ...list, ''].join('\n'),
      ...Object.fromEntries(pages.map(([, page]) => [`docs/reference/${page}`, readFileSync(join(out, page), 'utf8')])),
    };
  } finally {
    rmSync(out, { recursive: true });
  }
}

/** Exports that say nothing of themselves. */
function undocumented(project: ProjectReflection): string[] {
  const exported = (project.children ?? []).flatMap((page) => (page.children ?? []).map((child) => ({ page, child })));
  return exported
    .filter(({ child }) => child.kind !== ReflectionKind.Reference && !isDocumented(child))
    .map(({ page, child }) => `${page.name}.${child.name}`);
}

function isDocumented({ comment, signatures = [] }: DeclarationReflection): boolean {
  return comment?.hasVisibleComponent() === true || signatures.some((one) => one.comment?.hasVisibleComponent());
}

function pageNameOf(name: string): string {
  const found = sources.find(([, file]) => file === join(root, `${name}/index.ts`) || file === join(root, name));
  return found === undefined ? name : pageOf(found[0]);
}

/** The full type of a machine takes a thousand lines, of which two say something. */
function abbreviate(typed: DeclarationReflection | SignatureReflection): void {
  if (!(typed.type instanceof ReferenceType) || typed.type.name !== 'StateMachine') return;
  const [context, event] = (typed.type.typeArguments ?? []).map(String);
  typed.type = new UnknownType(`StateMachine<${context ?? ''}, ${event ?? ''}, …>`);
}
