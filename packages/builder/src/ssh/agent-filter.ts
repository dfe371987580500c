import { Transform, type TransformCallback } from 'node:stream';

/**
 * What a RUN may ask of an agent (draft-ietf-sshm-ssh-agent, section 3): its keys, a signature, and extensions, by which ssh binds
 * its session. Not: adding, removing or locking keys.
 */
const ALLOWED: ReadonlySet<number> = new Set([11, 13, 27]);
/** As OpenSSH's agent limits it. */
const LONGEST = 256 * 1024;

/** Hands on the requests that are allowed and answers the others with SSH_AGENT_FAILURE itself. */
export class AgentFilter extends Transform {
  readonly #refuse: (answer: Buffer) => void;
  #rest: Buffer = Buffer.alloc(0);

  constructor(refuse: (answer: Buffer) => void) {
    super();
    this.#refuse = refuse;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= 5) {
      const length = this.#rest.readUInt32BE(0);
      if (length === 0 || length > LONGEST) {
        callback(new Error('not a request of an SSH agent'));
        return;
      }
      if (this.#rest.length < 4 + length) break;
      const request = this.#rest.subarray(0, 4 + length);
      this.#rest = this.#rest.subarray(4 + length);
      if (ALLOWED.has(request[4]!)) this.push(request);
      else this.#refuse(Buffer.from([0, 0, 0, 1, 5]));
    }
    callback();
  }
}
