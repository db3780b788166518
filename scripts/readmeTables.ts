/** Tables of the README and of `docs`, made from the code's own docs: a table and the code cannot disagree. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { drawnStates } from './chartData.ts';

const root = join(import.meta.dirname, '..');

/** The README and all of `docs`. */
export const documentPaths: readonly string[] = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** Interfaces whose members are options, and how their names begin. */
const optionSources = [
  { file: 'src/client/options.ts', type: 'ConnectionOptions', prefix: '' },
  { file: 'machines/connection.types.ts', type: 'RetryOptions', prefix: 'retry.' },
  { file: 'src/client/options.ts', type: 'OutboxOptions', prefix: 'outbox.' },
  { file: 'src/client/options.ts', type: 'HeartbeatOptions', prefix: 'heartbeat.' },
] as const;

export interface Documented {
  readonly name: string;
  readonly doc: string;
}

export function documentedOptions(): readonly Documented[] {
  return optionSources.flatMap(({ file, type, prefix }) =>
    membersOf(file, type).map(({ name, doc }) => ({ name: prefix + name, doc })),
  );
}

function membersOf(file: string, type: string): readonly Documented[] {
  const source = ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest, true);
  const found = source.statements.find(
    (node): node is ts.InterfaceDeclaration => ts.isInterfaceDeclaration(node) && node.name.text === type,
  );
  if (found === undefined) throw new Error(`${file} declares no interface ${type}`);
  return found.members.map((member) => ({ name: member.name?.getText() ?? '', doc: docOf(member) }));
}

function docOf(node: ts.Node): string {
  return ts
    .getJSDocCommentsAndTags(node)
    .map((doc) => ts.getTextOfJSDocComment(doc.comment) ?? '')
    .join(' ')
    .replaceAll(/\s+/gu, ' ')
    .replaceAll(/\{@link (\w+)\}/gu, '`$1`')
    .trim();
}

/** Every code of `ConnectionError`. */
export function errorCodes(): readonly string[] {
  return literalsOf('src/client/errors.ts', 'ErrorCode');
}

/** Every kind of warning. */
export function warningCodes(): readonly string[] {
  return literalsOf('src/client/events.ts', 'WarningCode');
}

function literalsOf(file: string, type: string): readonly string[] {
  const source = ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest, true);
  const found = source.statements.find(
    (node): node is ts.TypeAliasDeclaration => ts.isTypeAliasDeclaration(node) && node.name.text === type,
  );
  if (found === undefined || !ts.isUnionTypeNode(found.type)) throw new Error(`${file} declares no union ${type}`);
  return found.type.types.map((member) => member.getText().slice(1, -1));
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n');

const cell = (text: string): string => text.replaceAll('|', '\\|');

const tables: Readonly<Record<string, () => string>> = {
  states: () =>
    table(
      ['State', 'A send is', 'Inside', 'What it means'],
      drawnStates.map(({ name, tag, parts, description }) => [`\`${name}\``, tag, parts.join(', '), description]),
    ),
  options: () =>
    table(
      ['Option', 'What it does · unit · default · range'],
      documentedOptions()
        .filter(({ doc }) => doc !== '')
        .map(({ name, doc }) => [`\`${name}\``, doc]),
    ),
};

/** A text with the tables between its `<!-- table:name -->` marks made anew. */
export function withTables(text: string): string {
  return text.replaceAll(
    /(<!-- table:(\w+) -->)[\s\S]*?(<!-- \/table -->)/gu,
    (_, open: string, name: string, close: string) => {
      const make = tables[name];
      if (make === undefined) throw new Error(`there is no table ${name}, only ${Object.keys(tables).join(', ')}`);
      return `${open}\n\n${make()}\n\n${close}`;
    },
  );
}
