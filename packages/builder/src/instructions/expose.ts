import { parsePorts } from '@slipway/dockerfile';
import { defaultsOf, recordEmpty, withDefaults } from '../image/stage-state.ts';
import type { MetadataHandler } from './instruction-handler.ts';

/** EXPOSE: the ports that the program listens on; nothing is opened. */
export const applyExpose: MetadataHandler<'expose'> = (state, instruction, { created }) => {
  const ports = instruction.ports.flatMap((word) => parsePorts(word));
  const exposed = Object.fromEntries(ports.map((port) => [port, {}]));
  const next = withDefaults(state, { ExposedPorts: { ...defaultsOf(state).ExposedPorts, ...exposed } });
  // Go prints a map of empty structs like this.
  const text = ports
    .toSorted()
    .map((port) => `${port}:{}`)
    .join(' ');
  return recordEmpty(next, `EXPOSE map[${text}]`, created);
};
