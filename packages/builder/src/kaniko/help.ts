import type { Flag } from './flags/flag.ts';
import { FLAG_GROUPS } from './flags/flag-table.ts';

const NAME_WIDTH = 42;

/** What `executor --help` prints. */
export function helpText(): string {
  const groups = FLAG_GROUPS.map(
    ({ title, flags }) => `${title}:\n${flags.map((flag) => `${helpLine(flag)}\n`).join('')}`,
  );
  return `Builds an image from a Dockerfile and pushes it, with kaniko's command line.

Usage:
  executor [flags]
  executor version

${groups.join('\n')}`;
}

function helpLine(flag: Flag): string {
  const { name, short, type } = flag;
  const spelled = `  ${short === undefined ? '   ' : `-${short},`} --${name}${type === 'boolean' ? '' : ` ${type}`}`;
  return `${spelled.padEnd(NAME_WIDTH)} ${description(flag)}`;
}

function description(flag: Flag): string {
  const { default: value, env, means } = flag;
  const notes = [
    ...(value === undefined ? [] : [`default ${value}`]),
    ...(env === undefined ? [] : [`variable ${env}`]),
    ...(means === undefined ? [] : [`use --${means}`]),
  ];
  return notes.length === 0 ? flag.description : `${flag.description} (${notes.join(', ')})`;
}

/** The tables of docs/methods/kaniko.md, one a group; a test compares the page with them. */
export function flagTables(): string {
  return FLAG_GROUPS.map(({ title, flags }) => {
    const rows = flags.map((flag) => `| ${cell(flag)} | ${effect(flag)} |\n`);
    return `### ${title}\n\n| flag | what it does |\n| --- | --- |\n${rows.join('')}`;
  }).join('\n');
}

function cell({ name, short, type }: Flag): string {
  const value = type === 'boolean' ? '' : ` ${type}`;
  return `${short === undefined ? '' : `\`-${short}\`, `}\`--${name}${value}\``;
}

function effect(flag: Flag): string {
  const note = flag.pointless === undefined ? '' : `. Not needed: ${flag.pointless}`;
  return `${description(flag)}${note}`.replaceAll('|', '\\|');
}
