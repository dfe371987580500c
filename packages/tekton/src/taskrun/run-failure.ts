/** A reason for which a TaskRun ends without a Pod, and never by trying again. */
export class RunFailure extends Error {
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.name = 'RunFailure';
    this.reason = reason;
  }

  /** A mistake of the user, marked as Tekton marks it for those who count failures. */
  static ofUser(reason: string, message: string): RunFailure {
    return new RunFailure(reason, `[User error] ${message}`);
  }
}
