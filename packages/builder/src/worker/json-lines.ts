import type { Socket } from 'node:net';

/** Sends and receives one JSON value a line over a socket. */
export class JsonLines<Received, Sent> {
  readonly #socket: Socket;

  constructor(socket: Socket, onMessage: (message: Received) => void) {
    this.#socket = socket;
    let rest = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onMessage(JSON.parse(line));
    });
    socket.on('error', () => {}); // A peer that is gone shows as the close event.
  }

  send(message: Sent): void {
    if (this.#socket.writable) this.#socket.write(`${JSON.stringify(message)}\n`);
  }

  /** Ends the connection when all that was sent is on its way. */
  end(): void {
    this.#socket.end();
  }
}
