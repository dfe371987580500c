export { PEAK_MEMORY_ANNOTATION } from './container/peak-memory.ts';
export type { ImageProvider, ProvidedImage, ProvideOptions } from './images/image-provider.ts';
export { forgetImage, type RegistryImagesOptions, registryImages } from './images/registry-images.ts';
export type { PodLogRequest, PodLogs } from './logs/pod-logs.ts';
export { PodRunner } from './pod-runner.ts';
export type { PodRunnerOptions, ServiceAddresses, ServiceFile } from './runner-options.ts';
export {
  type CredentialOrder,
  STEPS_ANNOTATION,
  type StepOrder,
  type StepsOrder,
  stepsOrder,
} from './steps/steps-annotation.ts';
