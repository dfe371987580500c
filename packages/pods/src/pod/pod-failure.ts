/** The pod is over as a whole, with this reason and message in its status. */
export class PodFailure extends Error {
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.name = 'PodFailure';
    this.reason = reason;
  }
}
