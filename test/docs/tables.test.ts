import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { expect, test } from 'vitest';
import { withTables } from '../../scripts/readmeTables.ts';
import { documents } from '../fixtures/documents.ts';

const root = join(import.meta.dirname, '..', '..');

test.each(documents.map(({ path, text }) => [path, text] as const))(
  'the tables of %s are those that the code makes now',
  async (path, text) => {
    const filepath = join(root, path);
    const made = await format(withTables(text), { ...(await resolveConfig(filepath)), filepath });
    expect(text, 'stale: run npm run generate').toBe(made);
  },
);
