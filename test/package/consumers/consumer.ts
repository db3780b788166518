import type { Project } from './project.ts';

/** A kind of project that people have, and what is tried in it. */
export interface Consumer {
  readonly name: string;
  /** A folder of `test/package/projects`: what is in the project. */
  readonly files: string;
  /** What its user types after `npm install socketchart`, as the README says. */
  readonly installs: readonly string[];
  /** What such a project has beside it. Their versions are those of this repository. */
  readonly tools: readonly string[];
  /** Beyond what all have. */
  readonly compilerOptions: Readonly<Record<string, unknown>>;
  /** Further ways to resolve modules that have to type, too: options of `tsc`. */
  readonly alsoTypes?: readonly string[];
  /** Writes what is in no folder. */
  readonly prepare?: (project: Project) => void;
  /** Throws where it cannot be built, or holds what it must not. Resolves with what to show. */
  readonly build: (project: Project) => Promise<string>;
  /** Runs what was built; throws where it does something else than it should. Resolves with what to show. */
  readonly run: (project: Project) => Promise<string>;
}
