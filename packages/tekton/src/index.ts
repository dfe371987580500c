export {
  type TektonAdmission,
  type TektonAdmissionRequest,
  tektonAdmission,
} from './admission/admission.ts';
export { defaultConfig, type TektonConfig } from './config.ts';
export { type Conversion, type ConvertInput, convertManifests } from './convert/convert.ts';
export type { ConversionNote } from './convert/report.ts';
export { startTekton, type Tekton, type TektonOptions } from './start.ts';
export { FieldErrors, type FieldProblem } from './validation/field-errors.ts';
export { validatePipelineRun } from './validation/pipeline-run.ts';
export { validatePipeline } from './validation/pipeline-spec.ts';
export { validateTaskRun } from './validation/task-run.ts';
export { validateTask } from './validation/task-spec.ts';
export { type ConvertOptions, convertVersion } from './versions/convert.ts';
