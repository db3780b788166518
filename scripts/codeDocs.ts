/** What the code says of itself: the docs of its interfaces, the members of its unions. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const root = join(import.meta.dirname, '..');

/** A member of an interface, with its doc on one line. */
export interface Documented {
  readonly name: string;
  readonly doc: string;
}

/** An interface of a file. */
export interface DocumentedInterface {
  readonly name: string;
  readonly doc: string;
  readonly base: string | undefined;
  readonly members: readonly (Documented & { readonly type: string; readonly isOptional: boolean })[];
}

function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest, true);
}

export function interfacesOf(file: string): readonly DocumentedInterface[] {
  return parse(file)
    .statements.filter(ts.isInterfaceDeclaration)
    .map((node) => ({
      name: node.name.text,
      doc: docOf(node),
      base: node.heritageClauses?.[0]?.types[0]?.expression.getText(),
      members: node.members.map((member) => ({
        name: member.name?.getText() ?? '',
        doc: docOf(member),
        type: ts.isPropertySignature(member) ? (member.type?.getText() ?? '') : '',
        isOptional: ts.isPropertySignature(member) && member.questionToken !== undefined,
      })),
    }));
}

export function membersOf(file: string, type: string): DocumentedInterface['members'] {
  const found = interfacesOf(file).find(({ name }) => name === type);
  if (found === undefined) throw new Error(`${file} declares no interface ${type}`);
  return found.members;
}

function docOf(node: ts.Node): string {
  return ts
    .getJSDocCommentsAndTags(node)
    .map((doc) => ts.getTextOfJSDocComment(doc.comment) ?? '')
    .join(' ')
    .replaceAll(/\s+/gu, ' ')
    .replaceAll(/\{@link ([\w.]+)\}/gu, '`$1`')
    .trim();
}

/** The strings of a union. */
export function literalsOf(file: string, type: string): readonly string[] {
  const source = ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest, true);
  const found = source.statements.find(
    (node): node is ts.TypeAliasDeclaration => ts.isTypeAliasDeclaration(node) && node.name.text === type,
  );
  if (found === undefined || !ts.isUnionTypeNode(found.type)) throw new Error(`${file} declares no union ${type}`);
  return found.type.types.map((member) => member.getText().slice(1, -1));
}
