import { stopSharedComponents } from './start-shared-components.ts';

/** After all tests of a run. */
// biome-ignore lint/style/noDefaultExport: jest finds a reporter, a global set-up or a global teardown by its default export
export default stopSharedComponents;
