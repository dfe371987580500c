import { median, type Row, timed } from './measure.ts';
import { slipway } from './slipway.ts';

const ROUNDS = 20;

/** How long the shortest commands take, the process start included. */
export async function measureCommandLine(): Promise<Row[]> {
  await slipway('--help'); // fills the compile cache, as any earlier command would have
  const times: number[] = [];
  for (let i = 0; i < ROUNDS; i++) times.push(await timed(() => slipway('--help')));
  const how = `median of ${ROUNDS}`;
  return [{ what: 'slipway --help', value: median(times), unit: 'ms', target: 150, how }];
}
