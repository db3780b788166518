import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const directory = join(import.meta.dirname, '..', '..', 'src', 'react');
const files = readdirSync(directory).filter((file) => /(?<!\.d)\.tsx?$/u.test(file));

describe.each(files)('src/react/%s', (file) => {
  const text = readFileSync(join(directory, file), 'utf8');

  it("begins with 'use client'", () => {
    expect(text.startsWith("'use client';\n")).toBe(true);
  });

  it('imports nothing of react-dom, nor of the client beside its public face', () => {
    const imported = [...text.matchAll(/(?:from|import) '([^']+)'/gu)].map(([, from]) => from ?? '');
    const foreign = imported.filter((from) => !from.startsWith('./'));
    expect(['react', '@xstate/react', '../index.ts']).toEqual(expect.arrayContaining(foreign));
    expect(text).not.toMatch(/react-dom|import\(/u);
  });
});
