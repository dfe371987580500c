import { printResult } from '../registry/print.ts';

/** What a grant did, and how else it could have been done. */
export interface GrantReport {
  readonly kind: 'scc' | 'role' | 'pod-security';
  readonly name: string;
  readonly namespace: string;
  readonly serviceAccounts?: readonly string[];
  /** Whether it was taken back. */
  readonly revoked: boolean;
  /** False when it was so before. */
  readonly changed: boolean;
  readonly dryRun: boolean;
  /** The same by other programs. */
  readonly commands: { readonly kubectl: string; readonly oc?: string };
  /** What is odd about it, for people. */
  readonly warnings: readonly string[];
}

/** One JSON object, or sentences; `sentence` says what is so now. */
export function printReport(report: GrantReport, sentence: string, output: 'text' | 'json'): void {
  if (output === 'text') {
    for (const warning of report.warnings) process.stderr.write(`warning: ${warning}\n`);
  }
  printResult(output, report, () => {
    const { changed, dryRun, commands } = report;
    const done = changed ? (dryRun ? 'would be done' : 'done') : 'nothing to do';
    const rows = Object.values(commands).map((command) => `  ${command}\n`);
    return `${sentence} (${done})\nthe same with other programs:\n${rows.join('')}`;
  });
}
