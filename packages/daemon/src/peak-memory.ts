/** The most memory in bytes that a pod was seen to hold, by its annotations; undefined where nobody looked. */
export async function recordedPeakMemory(
  annotations: Readonly<Record<string, string>> = {},
): Promise<number | undefined> {
  const { PEAK_MEMORY_ANNOTATION } = await import('@slipway/pods');
  return Number(annotations[PEAK_MEMORY_ANNOTATION]) || undefined;
}
