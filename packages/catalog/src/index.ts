export type { BuildRequest, BuildSource } from './build-request.ts';
export { catalogTask, catalogTasks, catalogTaskText } from './catalog-task.ts';
export type { BuildMethod } from './methods/method.ts';
export { methodNamed, methods } from './methods/methods.ts';
export { renderBuild } from './render-build.ts';
