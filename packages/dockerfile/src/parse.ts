import { type Place, SlipwayError } from '@slipway/core';
import { readDirectives } from './directives.ts';
import type { Dockerfile, Stage, Warning } from './dockerfile.ts';
import { failure } from './failure.ts';
import { readHeredocs } from './heredoc.ts';
import type { ArgInstruction, Instruction } from './instruction.ts';
import { parseFrom } from './instructions/from.ts';
import { parseInstruction } from './instructions/table.ts';
import { jsonArray } from './json-array.ts';
import { isOn, parseCheckDirective } from './lint/check-directive.ts';
import { lint } from './lint/lint.ts';
import { isComment, LineReader, readLogicalLine, trimLineEnd } from './logical-line.ts';
import { present } from './present.ts';
import { type Escape, type Source, type Statement, splitStatement } from './statement.ts';

export interface ParseOptions {
  /** The file's name for messages. */
  readonly file?: string;
  /** What takes the place of the file's `# check=`: the build argument BUILDKIT_DOCKERFILE_CHECK. */
  readonly check?: string | undefined;
}

interface StageDraft extends Omit<Stage, 'instructions'> {
  readonly instructions: Instruction[];
}

/** The Dockerfile as a tree with positions, nothing expanded. Throws SlipwayError `invalid` DOCKERFILE_… at the first mistake. */
export function parseDockerfile(text: string, options: ParseOptions = {}): Dockerfile {
  const reader = new LineReader(text, options.file);
  const directives = { ...readDirectives(reader), ...present({ check: options.check }) };
  const metaArgs: ArgInstruction[] = [];
  const stages: StageDraft[] = [];
  const warnings: Warning[] = [];
  for (const { source, emptyContinuations } of readSources(reader, directives.escape)) {
    warnings.push(...emptyContinuations.map(emptyContinuation));
    const stage = stages.at(-1);
    if (source.keyword.toUpperCase() === 'FROM') {
      stages.push({ ...parseFrom(source, stages.length), instructions: [] });
      continue;
    }
    const instruction = parseInstruction(source);
    if (stage !== undefined) stage.instructions.push(instruction);
    else if (instruction.kind === 'arg') metaArgs.push(instruction);
    else throw beforeFrom(source);
  }
  if (stages.length === 0) throw noStage(reader, metaArgs);
  const check = parseCheckDirective(directives.check);
  const ofParser = warnings.filter(({ rule }) => isOn(check, rule));
  const dockerfile = { directives, metaArgs, stages };
  return { ...dockerfile, warnings: [...ofParser, ...lint(dockerfile, check)] };
}

/** The instruction that a base image's ONBUILD trigger asks for; `place` is that of the FROM which brings it. */
export function parseTrigger(trigger: string, place?: Place): Instruction {
  try {
    const [only] = readSources(new LineReader(trigger, undefined), '\\');
    if (only === undefined) throw failure('ONBUILD_TRIGGER', 'the ONBUILD trigger is empty', {});
    const instruction = parseInstruction(only.source);
    return place === undefined ? instruction : { ...instruction, place };
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    const message = `the base image's trigger "${trigger}": ${error.message}`;
    throw new SlipwayError(error.kind, error.code, message, {
      place: place ?? error.place,
      hint: error.hint,
    });
  }
}

function* readSources(
  reader: LineReader,
  escapeChar: Escape,
): Generator<{ source: Source; emptyContinuations: readonly Place[] }> {
  let comments: string[] = [];
  for (let raw = reader.next(); raw !== undefined; raw = reader.next()) {
    if (isComment(raw)) {
      const comment = trimLineEnd(raw).trim().slice(1).trim();
      // An empty comment ends a paragraph: what is above it says nothing about the instruction.
      comments = comment === '' ? [] : [...comments, comment];
      continue;
    }
    if (raw.trim() === '') continue;
    const { line, emptyContinuations } = readLogicalLine(reader, raw, escapeChar);
    const statement = splitStatement(line, escapeChar);
    const heredocs = opensHeredocs(statement) ? readHeredocs(statement, reader) : [];
    const place = line.placeAt(0);
    const base = { place, endLine: reader.number, source: line.text.trim(), comments };
    yield { source: { ...statement, heredocs, base }, emptyContinuations };
    comments = [];
  }
}

/** Heredocs are for ADD, COPY and RUN (also behind ONBUILD), and only where the arguments are no JSON array. */
function opensHeredocs(statement: Statement): boolean {
  const keyword = statement.keyword.toUpperCase();
  if (keyword === 'ONBUILD' && statement.rest !== '') {
    const trigger = splitStatement(statement.line, statement.escape, statement.restOffset);
    return trigger.keyword.toUpperCase() !== 'ONBUILD' && opensHeredocs(trigger);
  }
  return ['ADD', 'COPY', 'RUN'].includes(keyword) && jsonArray(statement) === undefined;
}

function emptyContinuation(place: Place): Warning {
  return { rule: 'NoEmptyContinuation', message: 'empty line inside an instruction that continues', place };
}

function beforeFrom(source: Source): Error {
  const keyword = source.keyword.toUpperCase();
  return failure(
    'NO_STAGE',
    `${keyword} stands before the first FROM, where only ARG may`,
    source.base.place,
    'begin the stage with FROM <image>',
  );
}

function noStage(reader: LineReader, metaArgs: readonly ArgInstruction[]): Error {
  const message =
    metaArgs.length === 0 ? 'the file has no instructions' : 'the file has no FROM, hence nothing to build';
  return failure('EMPTY', message, reader.place(), 'begin with FROM <image>');
}
