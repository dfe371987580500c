// Examples that do not run here, and why; docs/tekton.md says it to the user.
import type { Example } from './example.ts';

const REASONS: readonly { readonly in: RegExp; readonly why: string }[] = [
  { in: /^kind: StepAction$/m, why: 'StepActions are not served: write the step out' },
  { in: /^ {6,}(- )?pipeline(Ref|Spec):/m, why: 'a Pipeline inside of a Pipeline is refused' },
  { in: /^\s+- cel:/m, why: 'CEL in when expressions is refused' },
  { in: /^\s+resolver: cluster$/m, why: 'there are no resolvers' },
  {
    in: /^ {3}inputs:\n( {4}.*\n)* {4}steps:/m,
    why: 'its steps are in inputs, where Tekton does not look either',
  },
  { in: /^\s+- sleep 90s$/m, why: 'its command is one word with a blank; upstream does not run it either' },
];

/** Why an example that failed was bound to; undefined when it ought to have run. */
export function knownFailure({ text }: Example): string | undefined {
  return REASONS.find((reason) => reason.in.test(text))?.why;
}
