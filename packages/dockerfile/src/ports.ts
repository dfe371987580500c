import { isIP } from 'node:net';
import { failure } from './failure.ts';
import type { Word } from './instruction.ts';

/** `80` → `80/tcp`; `7000-7002/udp` → three of them: the keys of an image's ExposedPorts. Variables are expanded before. */
export function parsePorts(port: Word): string[] {
  const [range = '', protocol = 'tcp', ...others] = containerPart(port).split('/');
  const lower = protocol === '' ? 'tcp' : protocol.toLowerCase();
  if (others.length > 0 || !['tcp', 'udp', 'sctp'].includes(lower)) {
    throw invalid(port, `the protocol "${[protocol, ...others].join('/')}" is not tcp, udp or sctp`);
  }
  const found = portRange(range);
  if (found === undefined)
    throw invalid(port, `"${range}" is not a port from 0 to 65535, or a range of them`);
  const { start, end } = found;
  return Array.from({ length: end - start + 1 }, (_, index) => `${start + index}/${lower}`);
}

/** Docker tolerates a host's address and port in front, as of `docker run -p`: they have to be right, and are dropped. */
function containerPart(port: Word): string {
  const parts = port.text.split(':');
  const container = parts.at(-1)!;
  const host = parts.length > 1 ? parts.at(-2)! : '';
  const address = parts.slice(0, -2).join(':');
  if (address !== '' && isIP(address.replace(/^\[(.*)\]$/, '$1')) === 0)
    throw invalid(port, `"${address}" is not an IP address`);
  if (host === '') return container;
  const own = portRange(host);
  if (own === undefined) throw invalid(port, `"${host}" is not a port of the host`);
  const inside = portRange(container.split('/')[0]!);
  const fits =
    inside === undefined || inside.start === inside.end || own.end - own.start === inside.end - inside.start;
  if (!fits) throw invalid(port, `the ranges ${host} and ${container} are not of one length`);
  return container;
}

/** `7000-7002`, or one port. */
function portRange(text: string): { start: number; end: number } | undefined {
  const numbers = text.split('-').map(portNumber);
  const [start, end] = [numbers[0], numbers.at(-1)];
  const isRange = start !== undefined && end !== undefined && numbers.length <= 2 && start <= end;
  return isRange ? { start, end } : undefined;
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
