import { failure } from './failure.ts';
import type { Word } from './instruction.ts';

/** `80` → `80/tcp`; `7000-7002/udp` → three of them: the keys of an image's ExposedPorts. Variables are expanded before. */
export function parsePorts(port: Word): string[] {
  const [range = '', protocol = 'tcp', ...others] = containerPart(port.text).split('/');
  const lower = protocol === '' ? 'tcp' : protocol.toLowerCase();
  if (others.length > 0 || !['tcp', 'udp', 'sctp'].includes(lower)) {
    throw invalid(port, `the protocol "${[protocol, ...others].join('/')}" is not tcp, udp or sctp`);
  }
  const numbers = range.split('-').map(portNumber);
  const start = numbers[0];
  const end = numbers.at(-1);
  if (start === undefined || end === undefined || numbers.length > 2 || end < start) {
    throw invalid(port, `"${range}" is not a port from 0 to 65535, or a range of them`);
  }
  return Array.from({ length: end - start + 1 }, (_, index) => `${start + index}/${lower}`);
}

/** Docker tolerates a host's address and port in front, as of `docker run -p`, and drops them. */
function containerPart(text: string): string {
  return text.slice(text.lastIndexOf(':') + 1);
}

function portNumber(text: string): number | undefined {
  const value = Number(text);
  return /^\d+$/.test(text) && value <= 65_535 ? value : undefined;
}

function invalid(port: Word, reason: string): Error {
  return failure(
    'PORT',
    `invalid port "${port.text}": ${reason}`,
    port.place,
    'for example: EXPOSE 8080/tcp',
  );
}
