import { createHash, randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../atomic-file.ts';
import type { CacheKey } from '../cache-key.ts';
import { FileList } from './file-list.ts';
import type { BaseIdentity } from './miss-reason.ts';
import type { StepFacts } from './step-facts.ts';

/** A step of an earlier build: its words, and the cache key under which its facts are. */
export interface PastStep {
  readonly text: string;
  readonly key: string;
}

/** A stage as the last build of the same Dockerfile and context left it. */
export interface PastStage {
  base?: BaseIdentity;
  steps: PastStep[];
}

interface HistoryFile {
  readonly stages: Record<string, PastStage>;
}

/** Losing what explains a miss in a crash costs an explanation: no sync. */
const UNSYNCED = { flush: false } as const;

/**
 * What earlier builds depended on, to say why a step is not in the cache: `builds/<id>.json` has the steps of the last build of
 * one Dockerfile and context, `steps/<key>` the facts of a step, `files/<digest>` the files that it read.
 */
export class CacheHistory {
  readonly salt: string;
  readonly #folder: string;
  readonly #file: string;
  readonly #past: HistoryFile | undefined;
  readonly #now: Map<string, PastStage> = new Map();

  private constructor(folder: string, salt: string, file: string, past: HistoryFile | undefined) {
    this.#folder = folder;
    this.salt = salt;
    this.#file = file;
    this.#past = past;
  }

  /** `identity`: what says that two builds are of the same thing: the context, the Dockerfile, the platform. */
  static async open(folder: string, identity: readonly string[]): Promise<CacheHistory> {
    const id = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32);
    const file = join(folder, 'builds', `${id}.json`);
    return new CacheHistory(folder, await saltOf(folder), file, await readJson<HistoryFile>(file));
  }

  /** Whether nothing of this identity was built here before. */
  get isFirstBuild(): boolean {
    return this.#past === undefined;
  }

  /** The stage in the last build; undefined where there was no such build or stage. */
  past(stage: string): PastStage | undefined {
    return this.#past?.stages?.[stage];
  }

  setBase(stage: string, base: BaseIdentity): void {
    this.#stage(stage).base = base;
  }

  setStep(stage: string, position: number, step: PastStep): void {
    this.#stage(stage).steps[position] = step;
  }

  async facts(key: string): Promise<StepFacts | undefined> {
    return await readJson<StepFacts>(this.#stepFile(key));
  }

  async files(digest: string | undefined): Promise<FileList | undefined> {
    const bytes =
      digest === undefined ? undefined : await readFile(this.#listFile(digest)).catch(() => undefined);
    return bytes === undefined ? undefined : await FileList.decode(bytes);
  }

  /** Keeps the facts of a step, once. */
  async keep(key: CacheKey, facts: StepFacts, files: FileList): Promise<void> {
    if (facts.files !== undefined && !(await exists(this.#listFile(facts.files))))
      await writeFileAtomic(this.#listFile(facts.files), await files.encode(), UNSYNCED);
    if (!(await exists(this.#stepFile(key))))
      await writeFileAtomic(this.#stepFile(key), JSON.stringify(facts), UNSYNCED);
  }

  /** Writes what this build was; stages that it did not come to stay as they were. */
  async save(): Promise<void> {
    if (this.#now.size === 0) return;
    const stages = { ...this.#past?.stages };
    for (const [name, { base, steps }] of this.#now) {
      const before = this.#past?.stages?.[name]?.steps ?? [];
      // A build that failed says nothing of the steps behind.
      const kept = before.slice(steps.length);
      stages[name] = { ...(base && { base }), steps: [...steps, ...kept] };
    }
    const text = JSON.stringify({ stages });
    if (text !== JSON.stringify(this.#past)) await writeFileAtomic(this.#file, text, UNSYNCED);
  }

  #stage(name: string): PastStage {
    const known = this.#now.get(name) ?? { steps: [] };
    this.#now.set(name, known);
    return known;
  }

  #stepFile(key: string): string {
    return join(this.#folder, 'steps', key.slice(0, 2), key);
  }

  #listFile(digest: string): string {
    return join(this.#folder, 'files', digest);
  }
}

async function saltOf(folder: string): Promise<string> {
  const file = join(folder, 'salt');
  const known = await readFile(file, 'utf8').catch(() => '');
  if (known !== '') return known;
  const salt = randomBytes(16).toString('hex');
  await writeFileAtomic(file, salt, UNSYNCED);
  return salt;
}

async function readJson<T>(file: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return undefined; // Missing or damaged: then the miss is not explained.
  }
}

async function exists(file: string): Promise<boolean> {
  return await stat(file).then(
    () => true,
    () => false,
  );
}
