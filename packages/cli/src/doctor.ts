import { styleText } from 'node:util';
import { probeMachine } from '@slipway/daemon';

/** `slipway doctor`: exits 0 when pods and builds can run here, 10 when they cannot. */
export async function runDoctor(output: 'text' | 'json'): Promise<void> {
  const report = await probeMachine();
  const essential = report.checks.filter(({ name }) => ['runtime', 'conmon', 'overlay'].includes(name));
  if (essential.some(({ ok }) => !ok)) process.exitCode = 10;
  if (output === 'json') {
    process.stdout.write(`${JSON.stringify(report)}\n`);
    return;
  }
  for (const { name, ok, detail, cost } of report.checks) {
    const mark = ok ? styleText('green', 'yes') : styleText('red', 'no ');
    process.stdout.write(`${mark}  ${name.padEnd(18)}${detail}\n`);
    if (!ok) process.stdout.write(`${' '.repeat(23)}${cost}\n`);
  }
  if (report.install !== undefined) process.stdout.write(`\nto install what is missing: ${report.install}\n`);
}
