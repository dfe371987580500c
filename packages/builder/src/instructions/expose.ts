import { parsePorts } from '@slipway/dockerfile';
import { defaultsOf, recordEmpty, withDefaults } from '../image/stage-state.ts';
import type { MetadataHandler } from './instruction-handler.ts';

/** EXPOSE: the ports that the program listens on; nothing is opened. */
export const applyExpose: MetadataHandler<'expose'> = (state, instruction, { created }) => {
  // The words are sorted as text, which the history shows.
  const words = instruction.ports.toSorted((a, b) => (a.text < b.text ? -1 : 1));
  const ports = words.flatMap((word) => parsePorts(word));
  const exposed = Object.fromEntries(ports.map((port) => [port, {}]));
  const next = withDefaults(state, { ExposedPorts: { ...defaultsOf(state).ExposedPorts, ...exposed } });
  return recordEmpty(next, `EXPOSE [${ports.join(' ')}]`, created);
};
