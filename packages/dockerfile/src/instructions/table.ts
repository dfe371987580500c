import { failure, suggestion } from '../failure.ts';
import type { Instruction } from '../instruction.ts';
import type { Source } from '../statement.ts';
import { parseAdd } from './add.ts';
import { parseArg } from './arg.ts';
import { parseCmd } from './cmd.ts';
import { parseCopy } from './copy.ts';
import { parseEntrypoint } from './entrypoint.ts';
import { parseEnv } from './env.ts';
import { parseExpose } from './expose.ts';
import { parseHealthcheck } from './healthcheck.ts';
import { parseLabel } from './label.ts';
import { parseMaintainer } from './maintainer.ts';
import { parseOnbuild } from './onbuild.ts';
import { parseRun } from './run.ts';
import { parseShell } from './shell.ts';
import { parseStopsignal } from './stopsignal.ts';
import { parseUser } from './user.ts';
import { parseVolume } from './volume.ts';
import { parseWorkdir } from './workdir.ts';

/** The parser of each instruction; FROM is not among them, for it begins a stage. */
const PARSERS: Readonly<Record<string, (source: Source) => Instruction>> = {
  ADD: parseAdd,
  ARG: parseArg,
  CMD: parseCmd,
  COPY: parseCopy,
  ENTRYPOINT: parseEntrypoint,
  ENV: parseEnv,
  EXPOSE: parseExpose,
  HEALTHCHECK: parseHealthcheck,
  LABEL: parseLabel,
  MAINTAINER: parseMaintainer,
  ONBUILD: (source) => parseOnbuild(source, parseInstruction),
  RUN: parseRun,
  SHELL: parseShell,
  STOPSIGNAL: parseStopsignal,
  USER: parseUser,
  VOLUME: parseVolume,
  WORKDIR: parseWorkdir,
};

const KEYWORDS = ['FROM', ...Object.keys(PARSERS)];

/** The instruction of a statement, by its keyword. */
export function parseInstruction(source: Source): Instruction {
  const keyword = source.keyword.toUpperCase();
  if (Object.hasOwn(PARSERS, keyword)) return PARSERS[keyword]!(source);
  const hint = suggestion(source.keyword, KEYWORDS, `the instructions are ${KEYWORDS.join(', ')}`);
  throw failure('UNKNOWN_INSTRUCTION', `unknown instruction "${source.keyword}"`, source.base.place, hint);
}
