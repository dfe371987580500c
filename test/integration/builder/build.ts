// Builds what the JSON of its first argument asks for, for tests that need a build as another user or one that is killed.
import { plainProgress, runBuild } from '@slipway/builder';

const options = JSON.parse(process.argv[2] ?? '{}');
try {
  const result = await runBuild({
    ...options,
    progress: plainProgress((text) => process.stdout.write(text)),
  });
  process.stdout.write(`result ${JSON.stringify(result)}\n`);
} catch (error) {
  process.stdout.write(
    `failed ${error instanceof Error ? `${error.message} ${error.stack}` : String(error)}\n`,
  );
  process.exitCode = 1;
}
