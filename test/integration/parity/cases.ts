// The cases: a folder each, which is the context; `case.json` says how it is built.
import { cpSync, existsSync, lutimesSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { generate, generatedCases } from './generated.ts';

const folder = join(import.meta.dirname, 'testdata');

/** Long ago, so that times that are kept are told from those of the build. */
const SOURCE_TIME = 981_173_106;

/** How a case is built, beside its Dockerfile. */
export interface CaseOptions {
  /** `{SERVER}` is the address of the test's HTTP server. */
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly target?: string;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** Both builders must refuse, and both say this (an expression). */
  readonly fails?: string;
}

export interface ParityCase extends CaseOptions {
  readonly name: string;
  /**
   * `reference.Dockerfile` in the folder: the same image without what docker's older BuildKit does not know; docker
   * builds that one, and only files and defaults are compared.
   */
  readonly hasReference: boolean;
}

export function parityCases(): ParityCase[] {
  const names = readdirSync(folder).sort();
  const unknown = generatedCases.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`generated contexts without a case: ${unknown.join(', ')}`);
  return names.map((name) => {
    const file = join(folder, name, 'case.json');
    const options = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as CaseOptions) : {};
    return { ...options, name, hasReference: existsSync(join(folder, name, 'reference.Dockerfile')) };
  });
}

/** Makes the case's context in a new folder: its files, what git cannot hold, and old times. */
export function makeContext({ name }: ParityCase, target: string): void {
  cpSync(join(folder, name), target, { recursive: true, verbatimSymlinks: true });
  rmSync(join(target, 'case.json'), { force: true });
  generate(name, target);
  setTimes(Buffer.from(target));
}

function setTimes(path: Buffer): void {
  for (const entry of readdirSync(path, { withFileTypes: true, encoding: 'buffer' })) {
    const child = Buffer.concat([path, Buffer.from('/'), entry.name]);
    if (entry.isDirectory()) setTimes(child);
    else lutimesSync(child, SOURCE_TIME, SOURCE_TIME);
  }
  lutimesSync(path, SOURCE_TIME, SOURCE_TIME);
}
